extension ShippedProvider {
    /// RunPod's first API, which its documentation calls retired since 2026-11-15. It lists no offers; they come from the GraphQL API
    /// beside it, which the overlay adds. A pod's status is what is wished, so that a running one may still be starting.
    static let runpodV1 = ShippedProvider(
        name: "runpod-v1", server: "https://rest.runpod.io/v1", landmark: "CreatePod",
        mapping: #"""
            origins: [https://api.runpod.io]
            minimumInterval: {"*": 200ms, CreatePod: 1s}
            rent:
              currency: USD
              success: answer.errors == null
              message: answer.message ?? answer.error ?? first(answer.errors ?? []).message
              errors:
                - {when: "creating && contains(lower(message), 'no longer any instances available')", then: nextOffer}
                - {when: "creating && contains(lower(message), 'does not have the resources')", then: nextOffer}
                - {when: "status in [401, 402, 422]", then: stop}
                - {when: "status in [400, 403]", then: nextOffer}
              offers:
                - &gpus
                  when: want.gpus > 0
                  call: gpuTypes
                  input:
                    body:
                      query: "query { gpuTypes { id displayName memoryInGb securePrice communityPrice maxGpuCount lowestPrice(input: {gpuCount: ${want.gpus}}) { stockStatus } } }"
                  for: {gpu: answer.data.gpuTypes}
                  where: gpu.securePrice > 0 && want.gpus <= (gpu.maxGpuCount ?? 1)
                  id: gpu.id + '/SECURE'
                  price: gpu.securePrice * want.gpus
                  gpus: want.gpus
                  gpuModel: gpu.displayName
                  vram: gpu.memoryInGb * GiB
                  availability: gpu.lowestPrice.stockStatus ?? 'None'
                  availabilities: {None: none, Low: low, Medium: medium, High: high}
                  keep: {gpu: gpu.id, cloud: "'SECURE'"}
                - <<: *gpus
                  where: gpu.communityPrice > 0 && want.gpus <= (gpu.maxGpuCount ?? 1)
                  id: gpu.id + '/COMMUNITY'
                  price: gpu.communityPrice * want.gpus
                  keep: {gpu: gpu.id, cloud: "'COMMUNITY'"}
              create:
                call: CreatePod
                input:
                  body:
                    name: "${name}"
                    imageName: "${image}"
                    dockerStartCmd: "${command}"
                    env: "${env}"
                    containerDiskInGb: "${ceil(disk / GB)}"
                    volumeInGb: 0
                    gpuTypeIds: ["${offer.keep.gpu}"]
                    gpuCount: "${offer.gpus}"
                    cloudType: "${offer.keep.cloud}"
                id: answer.id
              get: {call: GetPod, input: {path: {podId: "${id}"}, query: {includeMachine: true}}}
              list: {call: ListPods, input: {query: {includeMachine: true}}}
              terminate: {call: DeletePod, input: {path: {podId: "${id}"}}}
              instance:
                id: item.id
                name: item.name
                status: "item.desiredStatus == 'RUNNING' && item.publicIp == null && item.portMappings == null ? 'STARTING' : item.desiredStatus"
                statuses: {STARTING: starting, RUNNING: running, EXITED: stopped, TERMINATED: terminated}
                price: item.adjustedCostPerHr ?? item.costPerHr
                region: item.machine.dataCenterId
              bootstrap:
                id: RUNPOD_POD_ID
                release:
                  method: DELETE
                  url: https://rest.runpod.io/v1/pods/$RUNPOD_POD_ID
                  headers: {Authorization: Bearer $RUNPOD_API_KEY}
            """#,
        overlay: #"""
            overlay: 1.0.0
            info: {title: RunPod's first API as it is, version: '1'}
            actions:
              # The list of GPU types lags behind what there is.
              - {target: "$.components.schemas.PodCreateInput.properties.gpuTypeIds.items.enum", remove: true}
              - target: $.components.securitySchemes
                update: {GraphQLKey: {type: apiKey, in: query, name: api_key}}
              - target: $.paths
                update:
                  /graphql:
                    servers: [{url: 'https://api.runpod.io'}]
                    post:
                      operationId: gpuTypes
                      summary: What GPUs there are, and what they cost
                      security: [{GraphQLKey: []}]
                      requestBody:
                        required: true
                        content:
                          application/json:
                            schema: {type: object, required: [query], properties: {query: {type: string}}}
                      responses: {'200': {description: the answer, content: {application/json: {schema: {type: object}}}}}
            """#)
}
