//! The OpenAPI description.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr};
use utoipa::{OpenApi, ToSchema};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::problem::Problem;

/// The description of the API as a whole; the routes add their own.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Landfall",
        description = "Queries of landed prices. Errors are `application/problem+json` (RFC 9457)."
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

/// A page at `/docs` that shows the description, which is at `/openapi.json`. Nothing is loaded from elsewhere.
pub(super) fn page(description: utoipa::openapi::OpenApi) -> SwaggerUi {
    SwaggerUi::new("/docs").url("/openapi.json", description).config(Config::default().validator_url("none"))
}
