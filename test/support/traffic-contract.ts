import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from '@jest/globals'
import { createExchangeCheck } from './openapi-contract.js'
import { readOpenApiDocuments } from './openapi-documents.js'
import { recordExchanges, type Exchange } from './record-exchanges.js'

/**
 * Runs before each test file. What the nodes of flow tests answer, in this process and in those that it starts, is held
 * against their OpenAPI descriptions when the file is done: status, media type and shape of every answer, and the
 * parameters and body of every request that was served.
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
    const faults = await faultsOf([...exchanges, ...written])
    if (faults.length > 0) throw new Error(`the OpenAPI description is not what nodes do:\n${faults.join('\n')}`)
  }, 60_000)
}

/** The documents are those of a node that offers everything; this one does not have the path. */
function isNotOffered({ status, contentType, text = '' }: Exchange): boolean {
  return status === 404 && contentType === 'application/problem+json' && text.includes('"code":"not-found"')
}

/** What of the exchanges is not as described, each fault once. */
export async function faultsOf(exchanges: readonly Exchange[]): Promise<readonly string[]> {
  if (exchanges.length === 0) return []
  const documents = await readOpenApiDocuments()
  const checks = [createExchangeCheck(documents.public), createExchangeCheck(documents.internal)]
  const faults = exchanges.map((exchange) => {
    const check = checks.find(({ operationOf }) => operationOf(exchange) !== undefined)
    if (check !== undefined) return isNotOffered(exchange) ? undefined : check.faultOf(exchange)
    const isRefused = exchange.status >= 400
    return isRefused
      ? undefined
      : `${exchange.method} ${exchange.path} answered ${exchange.status} and is not documented`
  })
  return [...new Set(faults.filter((fault) => fault !== undefined))]
}
