import { judgeCheckpoints, parseAuditKey } from '../audit/checkpoint.js'
import { createVerification, type Verdict } from '../audit/verify.js'
import { checkpointsOption, readCheckpoints, readEvidence } from './audit-evidence.js'
import { openDataDirectory, openExport, openNodeJournal, type AuditSource } from './audit-source.js'
import {
  CommandFailure,
  configOption,
  jsonOption,
  nodeOption,
  type Command,
  type Given,
  type Terminal,
} from './command.js'
import { exitStatus } from './exit-status.js'
import { callNodeAt, findPlace, type FindConfiguration } from './node-client.js'

/** `bronnet audit verify`: whether a journal is what was written, with nothing but a public key. */
export function auditVerifyCommand(deps: { readonly findConfiguration: FindConfiguration }): Command {
  return {
    name: 'audit verify',
    summary: 'find the first entry of an audit journal that was altered, is missing or was cut off',
    options: [
      configOption,
      nodeOption,
      { name: 'export', value: 'FILE', about: 'verify an export (JSON Lines, also with gzip) instead of a node' },
      { name: 'data', value: 'DIR', about: 'verify the data directory of a stopped node; changes nothing in it' },
      {
        name: 'key',
        value: 'FILE',
        about: 'public audit key of the node, as JWK or PEM; without it the one beside the journal is used',
      },
      checkpointsOption,
      jsonOption,
    ],
    examples: [
      'bronnet audit verify --key audit-key.json',
      'bronnet audit verify --export journal.jsonl.gz --key audit-key.json --checkpoints anchor.jsonl',
      'bronnet audit verify --data ./data --json',
    ],
    async run(given, terminal) {
      const source = await openSource(given, deps.findConfiguration)
      if (source.isSelection) {
        throw new CommandFailure(exitStatus.unproven, [
          'this export is a selection of entries and no whole chain: only a whole export can be verified',
        ])
      }
      const key = await readKey(given, source)
      const more = await Promise.all(given.values('checkpoints').map(readCheckpoints))
      const { good, faults } = await judgeCheckpoints([...source.checkpoints, ...more.flat()], key)
      const { start } = source
      const verification = createVerification({ ...(start === undefined ? {} : { start }), checkpoints: good, faults })
      for await (const page of source.lines) for (const line of page) verification.add(line)
      return report(verification.finish(), source, given, terminal)
    },
  }
}

async function openSource(given: Given, findConfiguration: FindConfiguration): Promise<AuditSource> {
  const [file, data, node] = [given.value('export'), given.value('data'), given.value('node')]
  if ([file, data, node].filter((named) => named !== undefined).length > 1) {
    throw new CommandFailure(exitStatus.usage, ['give one of --node, --export and --data'])
  }
  if (file !== undefined) return openExport(file)
  if (data !== undefined) return openDataDirectory(data)
  const place = await findPlace(given, findConfiguration)
  return openNodeJournal(place, callNodeAt(place))
}

async function readKey(given: Given, source: AuditSource): Promise<ReturnType<typeof parseAuditKey>> {
  const path = given.value('key')
  const text = path === undefined ? source.key : await readEvidence(path)
  if (text !== undefined) return parseAuditKey(text)
  throw new CommandFailure(exitStatus.usage, [
    '--key: give the public audit key of the node; there is none beside this',
  ])
}

function report(verdict: Verdict, source: AuditSource, given: Given, terminal: Terminal): number {
  const isWhole = source.isWhole()
  const isOwnKey = given.value('key') === undefined
  const notes = [
    ...source.notes,
    ...(isWhole ? [] : ['what was read has no end: it may have been cut off']),
    ...(isOwnKey ? ['the key came with the journal: who can replace both is not found out; give --key'] : []),
  ]
  for (const note of notes) terminal.note(`note: ${note}`)
  terminal.say(given.has('json') ? JSON.stringify({ ...verdict, isWhole, notes }) : describe(verdict))
  if (verdict.status === 'altered') return exitStatus.no
  return verdict.status === 'intact' && isWhole && source.notes.length === 0 ? exitStatus.good : exitStatus.unproven
}

function describe({ status, start, last, coveredThrough, checkpointCount, fault }: Verdict): string {
  const range = `entries ${String(start + 1)} to ${String(last)}`
  const covered = `covered by ${String(checkpointCount)} signed checkpoints through entry ${String(coveredThrough)}`
  if (fault !== undefined) return `ALTERED at entry ${String(fault.number)}: ${fault.words}\n${covered}`
  if (status === 'intact') return `INTACT: ${range}, ${covered}`
  return `NOT COVERED after entry ${String(coveredThrough)}: ${range} follow each other, ${covered}`
}
