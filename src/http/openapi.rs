//! The OpenAPI description.

use axum::response::{Html, IntoResponse};
use axum::routing::get;
use axum::{Json, Router};
use maud::{DOCTYPE, html};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr};
use utoipa::{OpenApi, ToSchema};

use super::assets::{self, page_headers};
use super::problem::Problem;

/// The description of the API as a whole; the routes add their own.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Landfall",
        description = "Queries of landed prices and events. Errors are `application/problem+json` (RFC 9457)."
    ),
    components(schemas(Problem))
)]
struct Landfall;

pub(super) fn description() -> utoipa::openapi::OpenApi {
    let mut description = Landfall::openapi();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let components = description.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    description
}

/// The description with the body of every error: all are [`Problem`]s.
pub(super) fn with_problems(mut description: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let problem = Content::builder().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    for path in description.paths.paths.values_mut() {
        for operation in [&mut path.get, &mut path.post, &mut path.delete].into_iter().flatten() {
            for (status, response) in &mut operation.responses.responses {
                if let (RefOr::T(response), '4' | '5') = (response, status.chars().next().unwrap_or_default())
                {
                    response.content.insert("application/problem+json".to_owned(), problem.clone().into());
                }
            }
        }
    }
    description
}

/// The description at `/openapi.json`, and a page at `/docs` that shows it.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(description: utoipa::openapi::OpenApi) -> Router<S> {
    Router::new()
        .route("/openapi.json", get(async move || Json(description)))
        .route("/docs", get(page))
        .route("/docs/", get(page))
}

async fn page() -> impl IntoResponse {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "API – Landfall" }
                link rel="icon" href=(assets::url("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::url("swagger-ui.css"));
                script src=(assets::url("swagger-ui.js")) defer {}
                script src=(assets::url("docs.js")) defer {}
            }
            body { main id="docs" {} }
        }
    };
    // The styles of Swagger UI have images in them.
    (page_headers("'self' data:"), Html(page.into_string()))
}
