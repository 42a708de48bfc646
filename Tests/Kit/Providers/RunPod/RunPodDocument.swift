extension FakeRunPod {
    /// What renting takes of RunPod's second API, in words of our own: for tests without the maker's document.
    package static let document = """
        openapi: 3.1.0
        info: {title: Pods, version: '2'}
        servers: [{url: 'https://api.runpod.io'}]
        security: [{key: []}]
        paths:
          /v2/catalog/gpus:
            get:
              operationId: listGpuTypes
              parameters: &catalog
                - {name: include, in: query, schema: {type: array, items: {type: string}}, explode: false}
                - {name: product, in: query, schema: {type: array, items: {type: string}}, explode: false}
                - {name: count, in: query, schema: {type: integer}}
                - {name: cloud, in: query, schema: {type: string}}
          /v2/catalog/cpus: {get: {operationId: listCpuTypes, parameters: *catalog}}
          /v2/pods:
            get: {operationId: listPods}
            post:
              operationId: createPod
              requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
          /v2/pods/{id}:
            parameters: [{name: id, in: path, required: true, schema: {type: string}}]
            get: {operationId: getPod}
            delete: {operationId: deletePod}
        components: {securitySchemes: {key: {type: http, scheme: bearer}}}
        """
}
