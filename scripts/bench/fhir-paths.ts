import { ask, formHeader, introspectionTarget, obtainToken, readEvents } from './asking.js'
import type { BenchPath, OpenPath, RunningBench } from './bench-path.js'
import { filePatient, fileProblem } from './patient-file.js'
import { fhirServerHeader, names } from './world.js'

const base = `/sources/${names.bronhouder}/${names.fhirSource}/fhir`
const { bsn, system } = filePatient

/** Reads at the FHIR server that a node stands in front of: one record by its id, and the problem list of a person. */
export const fhirPaths: readonly BenchPath[] = [
  {
    title: 'guarded FHIR read',
    requests: 1_000,
    warmUpRequests: 3_000,
    quickShare: 1,
    signsIn: false,
    open: (running) => openFhir(running, { method: 'GET', target: `${base}/Condition/${fileProblem}` }),
  },
  {
    title: 'guarded FHIR search',
    requests: 1_000,
    warmUpRequests: 3_000,
    quickShare: 1,
    signsIn: false,
    open: (running) =>
      openFhir(running, {
        target: `${base}/Condition/_search`,
        form: new URLSearchParams({
          'patient.identifier': `${system}|${bsn}`,
          'clinical-status': 'active',
        }).toString(),
      }),
  },
]

async function openFhir(
  { world, ports, fhirServer }: RunningBench,
  { method, target, form }: { readonly method?: 'GET'; readonly target: string; readonly form?: string },
): Promise<OpenPath> {
  const statement = { effect: 'permit', recipient: 'agb:06999901', purpose: 'ZORGVERLENING', from: '2020-01-01' }
  const consents = `/internal/bronnet/v1/subjects/${names.bronhouder}/consents`
  const json = ['Content-Type: application/json']
  await ask(ports.internal, consents, json, JSON.stringify({ bsn, statement }))
  const { token } = await obtainToken(world, ports, { shown: 'care', fresh: false })
  const grant = await ask(ports.internal, introspectionTarget, [formHeader], `token=${token}`)
  const headers = [...(form === undefined ? [] : [formHeader]), `Authorization: Bearer ${token}`]
  await fhirServer.takeCalls()
  await ask(ports.public, target, headers, form)
  const calls = await fhirServer.takeCalls()
  return {
    port: ports.public,
    target,
    ...(method === undefined ? {} : { method }),
    headers,
    makeRequests: () => Promise.resolve([{ body: form ?? '' }]),
    task: {
      path: 'proxy',
      token,
      grant,
      events: await readEvents(ports),
      calls,
      // Not whom it is about, but what was asked.
      given: calls.findIndex((line) => line.includes('/Condition')),
      origin: new URL(fhirServer.url).origin,
      authorization: fhirServerHeader,
    },
  }
}
