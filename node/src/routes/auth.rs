//! The routes by which users log in and are administered.

use std::sync::Arc;

use http::Method;
use ringway_auth::UserName;
use warp::Filter;
use warp::reject::Rejection;

use super::asked::Asked;
use super::keyed::incoming_body;
use super::plain::read_only;
use super::{Route, answer, answer_body, first_of, method_of, wrong_method};
use crate::handlers;
use crate::metrics::RouteName;
use crate::node::Node;

/// All of them.
pub(super) fn all(node: &Arc<Node>) -> Route {
    first_of([
        login(node),
        renew(node),
        jwks(node),
        users(node),
        user(node),
        password(node),
        grant(node),
        rotate_key(node),
    ])
}

/// `POST /login`
fn login(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::Login, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |asked: Asked, body| {
        let credentials = asked.credentials();
        answer_body(Arc::clone(&node), RouteName::Login, asked, body, |node, body| {
            handlers::login(node, credentials, body)
        })
    });
    warp::path!("login").and(post.or(wrong).unify()).boxed()
}

/// `POST /login/renew`
fn renew(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::LoginRenew, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).then(move |asked: Asked| {
        let credentials = asked.credentials();
        answer(Arc::clone(&node), RouteName::LoginRenew, asked, |node| {
            handlers::renew(node, credentials)
        })
    });
    warp::path!("login" / "renew").and(post.or(wrong).unify()).boxed()
}

/// `GET | HEAD /.well-known/jwks.json`
pub(super) fn jwks(node: &Arc<Node>) -> Route {
    warp::path(".well-known")
        .and(read_only(node, RouteName::Jwks, "jwks.json", handlers::jwks))
        .boxed()
}

/// `GET | HEAD /users`
fn users(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::Users, "GET, HEAD");
    let node = Arc::clone(node);
    let get = method_of(&[Method::GET, Method::HEAD]).then(move |asked| {
        answer(Arc::clone(&node), RouteName::Users, asked, |node| {
            std::future::ready(handlers::users(&node))
        })
    });
    warp::path!("users").and(get.or(wrong).unify()).boxed()
}

/// `PUT | DELETE /users/{name}`
fn user(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::User, "PUT, DELETE");
    let (adding, removing) = (Arc::clone(node), Arc::clone(node));
    let put = user_path().and(method_of(&[Method::PUT])).and(incoming_body()).then(
        move |name, asked, body| {
            answer_body(Arc::clone(&adding), RouteName::User, asked, body, |node, body| {
                handlers::add_user(node, name, body)
            })
        },
    );
    let delete = user_path().and(method_of(&[Method::DELETE])).then(move |name, asked| {
        answer(Arc::clone(&removing), RouteName::User, asked, |node| {
            handlers::remove_user(node, name)
        })
    });
    let wrong = user_path().and(wrong).map(|_, response| response);
    put.or(delete).unify().or(wrong).unify().boxed()
}

/// The path `/users/{name}`.
fn user_path() -> impl Filter<Extract = (UserName,), Error = Rejection> + Copy {
    warp::path!("users" / UserName)
}

/// `PUT /users/{name}/password`
fn password(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::UserPassword, "PUT");
    let node = Arc::clone(node);
    let path = warp::path!("users" / UserName / "password");
    let put =
        path.and(method_of(&[Method::PUT])).and(incoming_body()).then(move |name, asked, body| {
            answer_body(Arc::clone(&node), RouteName::UserPassword, asked, body, |node, body| {
                handlers::set_password(node, name, body)
            })
        });
    put.or(path.and(wrong).map(|_, response| response)).unify().boxed()
}

/// `PUT /users/{name}/grant`
fn grant(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::UserGrant, "PUT");
    let node = Arc::clone(node);
    let path = warp::path!("users" / UserName / "grant");
    let put =
        path.and(method_of(&[Method::PUT])).and(incoming_body()).then(move |name, asked, body| {
            answer_body(Arc::clone(&node), RouteName::UserGrant, asked, body, |node, body| {
                handlers::grant(node, name, body)
            })
        });
    put.or(path.and(wrong).map(|_, response| response)).unify().boxed()
}

/// `POST /auth/rotate-key`
fn rotate_key(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::RotateKey, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).then(move |asked| {
        answer(Arc::clone(&node), RouteName::RotateKey, asked, handlers::rotate_key)
    });
    warp::path!("auth" / "rotate-key").and(post.or(wrong).unify()).boxed()
}
