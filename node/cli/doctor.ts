import type { LoadedConfiguration } from '../config.js'
import { NodeError } from '../kernel/errors.js'
import type { Clock } from '../kernel/clock.js'
import type { Outbound } from '../kernel/outbound.js'
import type { Configuration } from '../../schemas/configuration.js'
import { CommandFailure, configOption, jsonOption, nodeOption, type Command, type Given } from './command.js'
import { attention, broken, reasonOf, type Finding, type Look, type Patient } from './doctor/finding.js'
import { lookAtAddress, lookAtTls } from './doctor/look-at-address.js'
import { lookAtCertificates } from './doctor/look-at-certificates.js'
import { lookAtClock } from './doctor/look-at-clock.js'
import { lookAtDiscovery, lookAtSources } from './doctor/look-at-network.js'
import { lookAtParties } from './doctor/look-at-parties.js'
import { lookAtNode, lookAtRuntime, lookAtSettings } from './doctor/look-at-process.js'
import { lookAtSignIn } from './doctor/look-at-sign-in.js'
import { lookAtKeys, lookAtSecrets, lookAtStorage } from './doctor/look-at-storage.js'
import { exitStatus } from './exit-status.js'
import { callNodeAt, placeOf, SignInFailure, type CallNode } from './node-client.js'
import type { OpenStoreAt } from './store-options.js'

/** What `doctor` needs of the process. */
export interface DoctorDeps {
  /** As at a start. @throws `config.invalid` */
  readonly loadSettings: (file: string | undefined) => Promise<LoadedConfiguration>
  /** PEM. @throws `config.invalid` */
  readonly readAuthorities: (configuration: Configuration) => readonly string[]
  readonly openOutboundTo: (url: string, configuration: Configuration) => Outbound
  readonly openStoreAt: OpenStoreAt
  readonly tryKeys: Patient['tryKeys']
  readonly keyDirectoryOf: Patient['keyDirectoryOf']
  readonly clock: Clock
  readonly version: string
}

const looks: readonly (readonly [about: string, look: Look])[] = [
  ['settings', lookAtSettings],
  ['Node.js', lookAtRuntime(process.version)],
  ['node', lookAtNode],
  ['address', lookAtAddress],
  ['TLS', lookAtTls],
  ['certificates', lookAtCertificates],
  ['sign-in', lookAtSignIn],
  ['clock', lookAtClock],
  ['parties', lookAtParties],
  ['storage', lookAtStorage],
  ['keys', lookAtKeys],
  ['secrets', lookAtSecrets],
  ['discovery', lookAtDiscovery],
  ['sources', lookAtSources],
]

/** `bronnet doctor`: what is good, needs attention or is broken about a node, and what to mend. Changes nothing. */
export function doctorCommand(deps: DoctorDeps): Command {
  return {
    name: 'doctor',
    summary: 'say in plain words what is good and what to mend; ends with 0, 2 for attention, 1 for something broken',
    options: [configOption, nodeOption, jsonOption],
    examples: ['bronnet doctor --config node.yaml', 'bronnet doctor --config node.yaml --json'],
    async run(given, terminal) {
      const findings = await examine(deps, given)
      terminal.say(given.has('json') ? JSON.stringify({ status: worstOf(findings), findings }) : toText(findings))
      return { ok: exitStatus.good, attention: exitStatus.unproven, broken: exitStatus.no }[worstOf(findings)]
    },
  }
}

async function examine(deps: DoctorDeps, given: Given): Promise<readonly Finding[]> {
  let patient: Patient
  try {
    const loaded = await deps.loadSettings(given.value('config'))
    patient = {
      ...deps,
      ...loaded,
      call: await findRunning(given, loaded.configuration),
      signsIn: given.value('sign-in-key') !== undefined || given.value('sign-in-token') !== undefined,
      signInKeyFile: given.value('sign-in-key'),
      authorities: deps.readAuthorities(loaded.configuration),
      outboundTo: (url) => deps.openOutboundTo(url, loaded.configuration),
    }
  } catch (cause) {
    if (!NodeError.is(cause)) throw cause
    const mend = 'docs/settings.md has every setting; nothing else can be looked at until then'
    return cause.notes.map((note) => broken('settings', note, mend))
  }
  const found = await Promise.all(looks.map(([about, look]) => examineOne(about, look, patient)))
  return found.flat()
}

/** The internal interface of the node, when it answers. */
async function findRunning(given: Given, configuration: Configuration): Promise<CallNode | undefined> {
  const call = callNodeAt(await placeOf(given, configuration))
  try {
    await call({ method: 'GET', path: '/health/live' })
    return call
  } catch (cause) {
    if (cause instanceof CommandFailure && cause.status === exitStatus.unavailable) return undefined
    throw cause
  }
}

async function examineOne(about: string, look: Look, patient: Patient): Promise<readonly Finding[]> {
  try {
    return await look(patient)
  } catch (cause) {
    // That the node did not let us in is said once.
    if (cause instanceof SignInFailure) return [attention(about, 'not looked at, because the node asks who calls')]
    return [broken(about, `this could not be looked at: ${reasonOf(cause)}`)]
  }
}

function worstOf(findings: readonly Finding[]): Finding['status'] {
  if (findings.some(({ status }) => status === 'broken')) return 'broken'
  return findings.some(({ status }) => status === 'attention') ? 'attention' : 'ok'
}

function toText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ about }) => about.length))
  const lines = findings.flatMap(({ about, status, says, mend }) => [
    `${status.padEnd('attention'.length)}  ${about.padEnd(width)}  ${says}`,
    ...(mend === undefined ? [] : [`${' '.repeat('attention'.length + width + 4)}→ ${mend}`]),
  ])
  const count = (wanted: Finding['status']): string => String(findings.filter(({ status }) => status === wanted).length)
  return [...lines, '', `${count('ok')} ok, ${count('attention')} attention, ${count('broken')} broken`].join('\n')
}
