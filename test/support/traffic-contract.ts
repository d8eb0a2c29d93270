import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from '@jest/globals'
import { recordExchanges, type Exchange } from './record-exchanges.js'

/**
 * Runs before each test file. What the nodes of flow tests answer, in this process and in those that it starts, is held
 * against their OpenAPI descriptions when the file is done: status, media type and shape of every answer, and the
 * parameters and body of every request that was served.
 *
 * Imports little: whatever stands above is loaded again for each test file, also where no node runs.
 */
if (/[\\/]test[\\/]flows[\\/]/.test(expect.getState().testPath ?? '')) recordFlow()

function recordFlow(): void {
  const exchanges: Exchange[] = []
  const stop = recordExchanges((exchange) => exchanges.push(exchange))
  const directory = mkdtempSync(join(tmpdir(), 'bronnet-traffic-'))
  process.env['TRAFFIC_DIRECTORY'] = directory
  afterAll(async () => {
    stop()
    delete process.env['TRAFFIC_DIRECTORY']
    const written = readdirSync(directory).flatMap((file) =>
      readFileSync(join(directory, file), 'utf8')
        .split('\n')
        // The last line of a process that was killed may be half a line.
        .filter((line) => line.endsWith('}'))
        .map((line) => JSON.parse(line) as Exchange),
    )
    rmSync(directory, { recursive: true, force: true })
    const { faultsOf } = await import('./traffic-faults.js')
    const faults = await faultsOf([...exchanges, ...written])
    if (faults.length > 0) throw new Error(`the OpenAPI description is not what nodes do:\n${faults.join('\n')}`)
  }, 60_000)
}
