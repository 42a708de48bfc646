extension ShippedProvider {
    /// Vast.ai, as its official client calls it where that differs from its document: paths end in a slash, variables are an object, an
    /// answer may say in a 200 that it failed.
    static let vast = ShippedProvider(
        name: "vast", server: "https://console.vast.ai", landmark: "createInstance",
        mapping: #"""
            trailingSlash: true
            # What it takes is said nowhere; refusals begin somewhere between one and five seconds.
            minimumInterval: {searchOffers: 5s, createInstance: 2s, showInstances: 5s, showInstance: 1s, destroyInstance: 1s}
            paging:
              showInstances: {style: cursor, items: /instances, parameter: after_token, next: /next_token}
            rent:
              currency: USD
              success: answer.success != false
              message: answer.msg ?? answer.message ?? answer.detail ?? answer.error
              errors:
                - {when: "creating && answer.error == 'no_ssh_key_for_vm'", then: stop}
                - {when: "creating && (status in [404, 410] || contains(string(answer.error ?? ''), 'no_such_ask'))", then: nextOffer}
                - {when: "creating && status == 400", then: nextOffer}
              offers:
                # Of machines that Vast.ai has verified and that are there 95 % of the time.
                - &offers
                  when: want.gpus > 0
                  call: searchOffers
                  limit: 500
                  input:
                    body: &search
                      type: on-demand
                      limit: 500
                      allocated_storage: "${ceil(want.disk / GB)}"
                      verified: {eq: true}
                      rentable: {eq: true}
                      rented: {eq: false}
                      external: {eq: false}
                      num_gpus: {eq: "${want.gpus}"}
                      gpu_ram: "${want.vram == null ? null : {'gte': floor(want.vram * 0.97 / MiB)}}"
                      dph_total: "${want.maxPrice == null ? null : {'lte': want.maxPrice}}"
                      disk_space: {gte: "${ceil(want.disk / GB)}"}
                      cpu_cores_effective: "${want.cpus == null ? null : {'gte': want.cpus}}"
                      geolocation: "${size(want.region) == 2 ? {'in': [upper(want.region)]} : null}"
                      reliability: {gte: 0.95}
                      order: [[dph_total, asc]]
                  for: {offer: answer.offers}
                  where: offer.rentable != false && offer.rented != true
                  id: offer.id
                  host: offer.machine_id
                  price: offer.dph_total
                  gpus: offer.num_gpus
                  gpuModel: offer.gpu_name
                  vram: offer.gpu_ram * MiB
                  cpus: offer.cpu_cores_effective
                  memory: offer.cpu_ram * MiB * (offer.gpu_frac ?? 1)
                  disk: offer.disk_space * GB
                  region: offer.geolocation
                  country: last(split(offer.geolocation, ', '))
                  spot: "false"
                  reliability: offer.reliability2 ?? offer.reliability
                  expires: "offer.duration == null ? null : now + offer.duration"
                - <<: *offers
                  when: want.gpus > 0 && want.spot
                  input: {body: {<<: *search, type: bid}}
                  # Found by both searches, at two prices.
                  id: string(offer.id) + '/bid'
                  spot: "true"
              create:
                call: createInstance
                input:
                  path: {id: "${number(first(split(offer.id, '/')))}"}
                  body:
                    image: "${image}"
                    label: "${name}"
                    disk: "${ceil(disk / GB)}"
                    runtype: args
                    args: "${command}"
                    env: "${env}"
                    price: "${offer.spot ? offer.price : null}"
                    cancel_unavail: true
                    target_state: running
                id: answer.new_contract
              get: {call: showInstance, input: {path: {id: "${number(id)}"}}, item: answer.instances, gone: "'instances' in keys(answer) && answer.instances == null"}
              list: {call: showInstances, items: answer.instances, total: answer.total_instances}
              terminate: {call: destroyInstance, input: {path: {id: "${number(id)}"}, body: {}}}
              instance:
                id: item.id
                name: item.label
                status: item.actual_status
                statuses:
                  "null": provisioning
                  created: provisioning
                  loading: starting
                  running: running
                  rebooting: starting
                  stopped: stopped
                  frozen: stopped
                  exited: failed
                  offline: failed
                message: item.status_msg
                price: item.dph_total
                region: item.geolocation
              bootstrap:
                id: CONTAINER_ID
                scriptLimit: 4000
                release:
                  method: DELETE
                  url: /api/v0/instances/$CONTAINER_ID/
                  headers: {Authorization: Bearer $CONTAINER_API_KEY}
            """#,
        overlay: #"""
            overlay: 1.0.0
            info: {title: Vast.ai as it is, version: '1'}
            actions:
              - target: $.paths['/api/v0/asks/{id}'].put.requestBody.content['application/json'].schema.properties.env
                update: {type: object, additionalProperties: {type: string}}
              - target: $.paths['/api/v0/bundles'].post.requestBody.content['application/json'].schema.properties.type
                update: {enum: [on-demand]}
              - target: $.paths['/api/v0/bundles'].post.requestBody.content['application/json'].schema.properties.order
                update: {minItems: 0, maxItems: 16}
              - target: $.paths['/api/v0/bundles'].post.requestBody.content['application/json'].schema.properties.num_gpus
                update: {additionalProperties: true}
              - target: $.paths['/api/v0/instances/{id}'].delete
                update: {requestBody: {content: {application/json: {schema: {type: object}}}}}
            """#)
}
