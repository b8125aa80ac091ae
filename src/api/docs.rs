//! The API's description.

use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// What is said of the API as a whole; the routes add themselves.
#[derive(OpenApi)]
#[openapi(info(
    title = "Landfall",
    description = "Prices that were landed, as answers. Errors are `application/problem+json` (RFC 9457)."
))]
struct Landfall;

pub(super) fn description() -> utoipa::openapi::OpenApi {
    let mut description = Landfall::openapi();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let components = description.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    description
}

/// A page at `/docs` that shows the description, which is at `/openapi.json`. Nothing is loaded from elsewhere.
pub(super) fn page(description: utoipa::openapi::OpenApi) -> SwaggerUi {
    SwaggerUi::new("/docs").url("/openapi.json", description).config(Config::default().validator_url("none"))
}
