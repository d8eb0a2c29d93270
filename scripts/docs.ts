import { readFileSync, writeFileSync } from 'node:fs'
import { packageFile } from '../node/kernel/package-root.js'
import { readInternalCalls } from './callers.js'
import {
  accountTable,
  areaTable,
  callTable,
  commandTexts,
  errorTable,
  exitStatusTable,
  metricTable,
  notificationTable,
  roleTable,
  settingTable,
} from './reference.js'

/** A part of a document that is made from the code. */
interface Part {
  readonly file: string
  readonly name: string
  readonly from: string
  readonly text: string
}

const calls = await readInternalCalls()

const parts: readonly Part[] = [
  { file: 'settings.md', name: 'settings', from: 'schemas/configuration.ts', text: settingTable() },
  { file: 'reference.md', name: 'commands', from: 'node/cli', text: commandTexts() },
  { file: 'reference.md', name: 'exit statuses', from: 'node/cli/exit-status.ts', text: exitStatusTable() },
  { file: 'reference.md', name: 'errors', from: 'node/http/errors', text: errorTable() },
  { file: 'reference.md', name: 'events', from: 'schemas/audit-codes.ts', text: accountTable() },
  { file: 'reference.md', name: 'event types', from: 'schemas/events.json', text: notificationTable() },
  { file: 'reference.md', name: 'metrics', from: 'node/http/metrics.ts', text: await metricTable() },
  { file: 'reference.md', name: 'calls', from: 'node/http/routes', text: callTable(calls) },
  { file: 'administer.md', name: 'roles', from: 'schemas/internal-listener.ts', text: roleTable() },
  { file: 'administer.md', name: 'calls by role', from: 'node/http/routes', text: areaTable(calls) },
]

for (const part of parts) update(part)

/** Writes what is made into the document, or with `--check` fails when it is not what stands there. */
function update({ file: name, name: what, from, text }: Part): void {
  const file = packageFile('docs', name)
  const present = readFileSync(file, 'utf8')
  const startMark = `<!-- ${what}: made by \`npm run docs\` from ${from} -->`
  const endMark = `<!-- end of ${what} -->`
  const start = present.indexOf(startMark)
  const end = present.indexOf(endMark)
  if (start < 0 || end < start) throw new Error(`docs/${name} has lost the marks around its ${what}`)
  const wanted = `${present.slice(0, start + startMark.length)}\n\n${text}\n${present.slice(end)}`
  if (present === wanted) return
  if (!process.argv.includes('--check')) {
    writeFileSync(file, wanted)
    return
  }
  process.stderr.write(`docs/${name}: the ${what} are not those of the code: run \`npm run docs\`\n`)
  process.exitCode = 1
}
