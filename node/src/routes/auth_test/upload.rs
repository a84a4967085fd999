//! A request whose body comes bit by bit.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::node::Node;
use crate::routes::routes;

/// A request of which the head has been sent.
pub(super) struct Upload {
    pieces: UnboundedSender<Bytes>,
    wanted: oneshot::Receiver<()>,
    answer: Pin<Box<dyn Future<Output = Response<Bytes>>>>,
}

impl Upload {
    pub(super) fn begin(node: &Arc<Node>, head: Request<()>) -> Self {
        let (pieces, coming) = unbounded_channel();
        let (wants, wanted) = oneshot::channel();
        let request = head.map(|()| Pieces { coming, wants: Some(wants) });
        let service = TowerToHyperService::new(warp::service(routes(node)));
        let answer = async move {
            let (head, body) = service.call(request).await.unwrap().into_parts();
            Response::from_parts(head, body.collect().await.unwrap().to_bytes())
        };
        Self { pieces, wanted, answer: Box::pin(answer) }
    }

    /// Returns once the node waits for the body.
    pub(super) async fn is_read(&mut self) {
        tokio::select! {
            wanted = &mut self.wanted => wanted.unwrap(),
            answer = &mut self.answer => panic!("{answer:?}"),
        }
    }

    /// Sends all of the body.
    pub(super) async fn end(self, body: &str) -> Response<Bytes> {
        self.pieces.send(Bytes::from(body.to_owned())).unwrap();
        drop(self.pieces);
        self.answer.await
    }

    /// The answer, with the body still to come.
    pub(super) async fn answer(self) -> Response<Bytes> {
        self.answer.await
    }
}

struct Pieces {
    coming: UnboundedReceiver<Bytes>,
    wants: Option<oneshot::Sender<()>>,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(wants) = self.wants.take() {
            let _ = wants.send(());
        }
        self.coming.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
