//! The ring lookup as a proxy-wasm filter for Envoy.
