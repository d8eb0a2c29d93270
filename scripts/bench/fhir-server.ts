import { fhirServerHeader } from './world.js'
import { createPatientFile } from './patient-file.js'
import { startFhirServer } from '../demo/fhir-server.js'
import { serveCommands } from './worker.js'

/** The commands of the process with the FHIR server that a node stands in front of: it costs the node no CPU time. */
export interface FhirServerCommands {
  /** Starts it where it does not run, and gives its base URL. */
  readonly start: () => Promise<string>
  /** What it was asked since the last time, one line each: method, path and parameters. */
  readonly takeCalls: () => readonly string[]
}

let base: Promise<string> | undefined
let stop = (): Promise<void> => Promise.resolve()
const calls: string[] = []
const maxCalls = 100

serveCommands(
  {
    start: () => (base ??= start()),
    takeCalls: () => calls.splice(0),
  } satisfies FhirServerCommands,
  () => stop(),
)

async function start(): Promise<string> {
  const server = await startFhirServer({
    port: 0,
    records: createPatientFile(),
    authorization: fhirServerHeader,
    onRequest(line) {
      if (calls.length < maxCalls) calls.push(line)
    },
  })
  stop = () => server.close()
  return server.url
}
