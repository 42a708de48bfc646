extension ShippedProvider {
    /// RunPod's second API. Facts from its document and documentation; a 400 is both a wrong request and no capacity.
    static let runpod = ShippedProvider(
        name: "runpod", server: "https://api.runpod.io", landmark: "createPod",
        mapping: #"""
            # Its limits are 60 requests a minute and 3,000 an hour; it says in RateLimit fields how many are left.
            minimumInterval: {"*": 200ms, createPod: 1s}
            rent:
              currency: USD
              message: answer.detail ?? answer.title
              errors:
                - {when: "status in [400, 403, 409]", then: nextOffer}
                - {when: "status in [401, 402, 404, 422]", then: stop}
              offers:
                - &gpus
                  when: want.gpus > 0
                  call: listGpuTypes
                  input: {query: {include: [AVAILABILITY], product: [POD], count: "${want.gpus}", cloud: SECURE}}
                  for: {cloud: "['SECURE']", gpu: answer.gpus, site: gpu.dataCenters}
                  where: gpu.price.secure > 0 && want.gpus <= (gpu.maxCount.secure ?? 1)
                  id: gpu.id + '/' + cloud + '/' + site.id
                  price: gpu.price.secure * want.gpus
                  gpus: want.gpus
                  gpuModel: gpu.name
                  vram: gpu.memory * GiB
                  region: site.id
                  availability: site.availability
                  availabilities: {NONE: none, LOW: low, MEDIUM: medium, HIGH: high}
                  keep: {gpu: gpu.id, cloud: cloud, site: site.id}
                - <<: *gpus
                  input: {query: {include: [AVAILABILITY], product: [POD], count: "${want.gpus}", cloud: COMMUNITY}}
                  for: {cloud: "['COMMUNITY']", gpu: answer.gpus, site: gpu.dataCenters}
                  where: gpu.price.community > 0 && want.gpus <= (gpu.maxCount.community ?? 1)
                  price: gpu.price.community * want.gpus
                - when: want.gpus == 0
                  call: listCpuTypes
                  input: {query: {include: [AVAILABILITY], product: [POD]}}
                  for:
                    cpu: answer.cpus
                    # Memory comes with the processors, so that as many are taken as either needs: the next power of two.
                    need: "[max(cpu.vcpu.min, want.cpus, (want.memory ?? 0) / (cpu.ramGbPerVcpu * GB))]"
                    count: "[1, 2, 4, 8, 16, 32, 64, 128, 256]"
                    site: cpu.dataCenters
                  where: count >= need && count / 2 < need && count <= cpu.vcpu.max
                  id: cpu.id + '/' + string(count) + '/' + site.id
                  price: cpu.price.securePerVcpu * count
                  cpus: count
                  memory: cpu.ramGbPerVcpu * count * GB
                  region: site.id
                  availability: site.availability
                  availabilities: {NONE: none, LOW: low, MEDIUM: medium, HIGH: high}
                  keep: {cpu: cpu.id, count: count, site: site.id}
              create:
                call: createPod
                input:
                  body:
                    name: "${name}"
                    image: "${image}"
                    args: "${shell(command)}"
                    env: "${env}"
                    disk: "${ceil(disk / GB)}"
                    gpu: "${offer.keep.gpu == null ? null : {'id': offer.keep.gpu, 'count': offer.gpus}}"
                    cpu: "${offer.keep.cpu == null ? null : {'id': offer.keep.cpu, 'vcpuCount': offer.keep.count}}"
                    cloud: "${offer.keep.cloud}"
                    dataCenterIds: ["${offer.keep.site}"]
                    startSsh: false
                id: answer.id
              get: {call: getPod, input: {path: {id: "${id}"}}}
              list: {call: listPods, items: answer.pods}
              terminate: {call: deletePod, input: {path: {id: "${id}"}}}
              instance:
                id: item.id
                name: item.name
                status: item.status
                statuses:
                  PROVISIONING: provisioning
                  STARTING: starting
                  RUNNING: running
                  EXITED: stopped
                  ERROR: failed
                  TERMINATED: terminated
                price: item.cost
                region: item.dataCenterId
              bootstrap:
                id: RUNPOD_POD_ID
                release:
                  method: DELETE
                  url: /v2/pods/$RUNPOD_POD_ID
                  headers: {Authorization: Bearer $RUNPOD_API_KEY}
            """#,
        overlay: nil)
}
