//! The Ringway node.
