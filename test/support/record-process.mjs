/** Writes what the node of this process answers, a line each, below the directory that `TRAFFIC_DIRECTORY` names. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordExchanges } from './record-exchanges.ts'

const directory = process.env['TRAFFIC_DIRECTORY']
if (directory !== undefined) {
  const file = join(directory, `${String(process.pid)}.jsonl`)
  // Written at once: the process may be killed at any moment.
  recordExchanges((exchange) => appendFileSync(file, `${JSON.stringify(exchange)}\n`))
}
