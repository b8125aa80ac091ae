"use strict";

// Shows the description of the API with Swagger UI.

SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true });
