extension ShippedProvider {
    /// The container engine of the hub's own machine: an instance is a container. Facts from the documents of Docker's API,
    /// which Podman answers too.
    static let local = ShippedProvider(
        name: "local", server: "unix:///var/run/docker.sock", landmark: "ContainerCreate",
        mapping: #"""
            rent:
              currency: USD
              # What pulls tells in a 200 that it failed.
              success: answer.error == null
              message: answer.message ?? answer.error
              errors:
                # The name is taken, so that something is there.
                - {when: "status == 409", then: reconcile}
                # An image or a program that is not there is there nowhere else either; what was begun the engine has undone.
                - {when: "creating && status in [400, 404, 500] && answer.message != null", then: stop}
              offers:
                when: want.gpus == 0
                call: SystemInfo
                where: answer.NCPU > 0
                id: "'engine'"
                # It costs nothing; a price is what budgets and costs are tried with.
                price: 0.01
                gpus: 0
                cpus: answer.NCPU
                memory: answer.MemTotal
                region: answer.Name
                availability: "'high'"
              create:
                before:
                  # Without a tag all of them would be pulled.
                  call: ImageCreate
                  input: {query: {fromImage: "${image}", tag: "${contains(last(split(image, '/')), ':') ? null : 'latest'}"}}
                call: ContainerCreate
                input:
                  query: {name: "${name}"}
                  body:
                    Image: "${image}"
                    Cmd: "${command}"
                    Env: "${pairs(env)}"
                    Labels: {capstan.rented: "true"}
                    # The hub is reached where this machine reaches it.
                    HostConfig: {NetworkMode: host}
                id: answer.Id
                then: {call: ContainerStart, input: {path: {id: "${id}"}}}
              get:
                call: ContainerInspect
                input: {path: {id: "${id}"}}
                # As a list has it.
                item: "{'Id': answer.Id, 'Names': [answer.Name], 'State': answer.State.Status, 'Status': answer.State.Error}"
              list: {call: ContainerList, input: {query: {all: true, filters: '{"label":["capstan.rented=true"]}'}}}
              terminate: {call: ContainerDelete, input: {path: {id: "${id}"}, query: {force: true, v: true}}}
              instance:
                id: item.Id
                name: replace(first(item.Names), '/', '')
                status: item.State
                statuses:
                  created: provisioning
                  configured: provisioning
                  initialized: starting
                  restarting: starting
                  running: running
                  stopping: stopping
                  paused: stopped
                  stopped: stopped
                  exited: stopped
                  dead: stopped
                  removing: terminating
                message: "item.State == 'running' ? null : item.Status"
              # The machine knows its name alone, and is over with its first process.
              bootstrap: {}
            """#,
        overlay: nil,
        document: #"""
            openapi: 3.1.0
            info: {title: Container engine, version: '1'}
            paths:
              /info: {get: {operationId: SystemInfo, summary: What the engine and its machine are}}
              /images/create:
                post:
                  operationId: ImageCreate
                  summary: Pull an image
                  x-capstan-stream: json-lines
                  parameters:
                    - {name: fromImage, in: query, required: true, schema: {type: string}}
                    - {name: tag, in: query, schema: {type: string}}
              /containers/create:
                post:
                  operationId: ContainerCreate
                  summary: Make a container
                  parameters: [{name: name, in: query, schema: {type: string}}]
                  requestBody:
                    required: true
                    content:
                      application/json:
                        schema:
                          type: object
                          required: [Image]
                          properties:
                            Image: {type: string}
                            Cmd: {type: array, items: {type: string}}
                            Env: {type: array, items: {type: string}}
                            Labels: {type: object, additionalProperties: {type: string}}
                            HostConfig: {type: object}
              /containers/json:
                get:
                  operationId: ContainerList
                  summary: List containers
                  parameters:
                    - {name: all, in: query, schema: {type: boolean}}
                    - {name: filters, in: query, schema: {type: string}}
              /containers/{id}/start:
                post:
                  operationId: ContainerStart
                  summary: Start a container
                  parameters: &id [{name: id, in: path, required: true, schema: {type: string}}]
                  responses: {'204': {description: It was started}, '304': {description: It was running}}
              /containers/{id}/json: {get: {operationId: ContainerInspect, summary: Show a container, parameters: *id}}
              /containers/{id}:
                delete:
                  operationId: ContainerDelete
                  summary: Remove a container
                  parameters:
                    - {name: id, in: path, required: true, schema: {type: string}}
                    - {name: force, in: query, schema: {type: boolean}}
                    - {name: v, in: query, schema: {type: boolean}}
            """#)
}
