import { createWriteStream } from 'node:fs'
import { text as readAll } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInterface } from 'node:readline/promises'
import { createGzip } from 'node:zlib'
import { systemCodeOf } from '../kernel/errors.js'
import { CommandFailure, configOption, nodeOption, type Command, type Given } from './command.js'
import { exitStatus } from './exit-status.js'
import { findPlace, streamFrom, type FindConfiguration } from './node-client.js'

/** `bronnet audit export`: the journal of a node, or a selection of it, in a file or on standard output. */
export function auditExportCommand(deps: { readonly findConfiguration: FindConfiguration }): Command {
  return {
    name: 'audit export',
    summary: 'export the audit journal of a node, whole or a selection; the export is itself in the journal',
    options: [
      configOption,
      nodeOption,
      {
        name: 'format',
        value: 'NAME',
        choices: ['jsonl', 'fhir'],
        about: 'jsonl (the default; a whole one can be verified) or fhir',
      },
      { name: 'party', value: 'SUBJECT', about: 'only what concerns this party of the node' },
      { name: 'person', about: 'only what concerns one person, whose BSN is read from standard input' },
      { name: 'requester', value: 'DID', about: 'only what this organisation did' },
      { name: 'from', value: 'DATE', about: 'only from this date, or date and time, on' },
      { name: 'to', value: 'DATE', about: 'only before this date, or date and time' },
      { name: 'output', value: 'FILE', about: 'write to this file, compressed when its name ends in .gz' },
    ],
    examples: [
      'bronnet audit export --output journal.jsonl.gz',
      'bronnet audit export --format fhir --from 2026-01-01 --to 2027-01-01 --output audit-2026.json',
      'bronnet audit export --person < bsn.txt',
    ],
    async run(given) {
      const body = {
        ...Object.fromEntries(
          ['format', 'party', 'requester', 'from', 'to'].flatMap((name) => {
            const value = given.value(name)
            return value === undefined ? [] : [[name, value]]
          }),
        ),
        // Never an argument: those are seen by every user of the machine.
        ...(given.has('person') ? { person: await askPerson() } : {}),
      }
      const place = await findPlace(given, deps.findConfiguration)
      await write(streamFrom(place, { method: 'POST', path: '/internal/bronnet/v1/audit/export', body }), given)
      return exitStatus.good
    },
  }
}

async function askPerson(): Promise<string> {
  if (!process.stdin.isTTY) return (await readAll(process.stdin)).trim()
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question('BSN: ')).trim()
  } finally {
    terminal.close()
  }
}

async function write(parts: AsyncIterable<string>, given: Given): Promise<void> {
  const path = given.value('output')
  const source = Readable.from(parts)
  try {
    if (path === undefined) await pipeline(source, process.stdout, { end: false })
    else if (path.endsWith('.gz')) await pipeline(source, createGzip(), createWriteStream(path, { mode: 0o600 }))
    else await pipeline(source, createWriteStream(path, { mode: 0o600 }))
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause
    const where = path ?? 'standard output'
    throw new CommandFailure(exitStatus.unavailable, [
      `${where}: cannot be written (${systemCodeOf(cause) ?? 'unknown'})`,
    ])
  }
}
