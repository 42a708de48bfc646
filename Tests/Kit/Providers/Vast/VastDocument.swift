extension FakeVast {
    /// What renting takes of Vast.ai's API, in words of our own: for tests without the maker's document.
    package static let document = """
        openapi: 3.1.0
        info: {title: Contracts, version: '1'}
        servers: [{url: 'https://console.vast.ai'}]
        security: [{key: []}]
        paths:
          /api/v0/bundles:
            post:
              operationId: searchOffers
              requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
          /api/v0/asks/{id}:
            put:
              operationId: createInstance
              parameters: &id [{name: id, in: path, required: true, schema: {type: integer}}]
              requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
          /api/v1/instances:
            get:
              operationId: showInstances
              parameters: [{name: after_token, in: query, schema: {type: string}}]
          /api/v0/instances/{id}:
            get: {operationId: showInstance, parameters: *id}
            delete:
              operationId: destroyInstance
              parameters: *id
              requestBody: {content: {application/json: {schema: {type: object}}}}
        components: {securitySchemes: {key: {type: http, scheme: bearer}}}
        """
}
