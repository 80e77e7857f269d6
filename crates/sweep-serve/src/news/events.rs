//! News as server-sent events (HTML Living Standard, section 9.2). It looks at no database.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{
        Sse,
        sse::{Event, KeepAlive},
    },
};
use serde_json::{Value, json};
use tokio_stream::{Stream, StreamExt as _, once, wrappers::BroadcastStream};

use super::{Change, News};
use crate::{news::hub::Listener, problem::Problem, site::Site};

/// So often something is sent where there is no news, so that both sides notice that the other is gone.
const STILL_HERE: Duration = Duration::from_secs(15);
/// After a lost connection, a browser tries again after so long.
const RETRY: Duration = Duration::from_secs(2);

/// `/events`: `change` with `{"all": true, "jobs": []}` or `{"all": false, "jobs": [{"id", "status", "epochs"}]}`, and `trouble` with
/// `{"words": ...}`.
pub(crate) async fn events(
    State(site): State<Arc<Site>>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let Listener { news, place } = site.hub().listen()?;
    let hello = Event::default().retry(RETRY).comment("news of the results database");
    let news = BroadcastStream::new(news).map(move |news| {
        // The place is kept as long as the stream.
        let _place = &place;
        match news {
            Ok(news) => event(&news),
            // It was too slow to take all.
            Err(_) => event(&News::Change(Change::Everything)),
        }
    });
    let keep_alive = KeepAlive::new().interval(STILL_HERE);
    Ok(Sse::new(once(hello).chain(news).map(Ok)).keep_alive(keep_alive))
}

fn event(news: &News) -> Event {
    let (name, data) = match news {
        News::Change(Change::Everything) => ("change", json!({ "all": true, "jobs": [] })),
        News::Change(Change::Epochs(jobs)) => {
            let jobs: Vec<Value> = jobs
                .iter()
                .map(|job| json!({ "id": job.id, "status": job.status, "epochs": job.epochs }))
                .collect();
            ("change", json!({ "all": false, "jobs": jobs }))
        }
        News::Trouble(words) => ("trouble", json!({ "words": words })),
    };
    Event::default().event(name).data(data.to_string())
}
