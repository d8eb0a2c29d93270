import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { packageFile } from '../../node/kernel/package-root.js'
import { createExchangeCheck } from './openapi-contract.js'
import { readOpenApiDocuments, type OpenApiDocuments } from './openapi-documents.js'
import type { Exchange } from './record-exchanges.js'

/** Made by the first test file that needs them: it takes a second to start a node and ask it. */
async function documentsOfRun(): Promise<OpenApiDocuments> {
  const kept = packageFile('node_modules', '.cache', 'openapi-documents.json')
  try {
    return JSON.parse(await readFile(kept, 'utf8')) as OpenApiDocuments
  } catch {
    // None yet in this run.
    const documents = await readOpenApiDocuments()
    await mkdir(dirname(kept), { recursive: true })
    // Whole before it has its name: another process may look at this moment.
    const aside = `${kept}.${String(process.pid)}`
    await writeFile(aside, JSON.stringify(documents))
    await rename(aside, kept)
    return documents
  }
}

/** The documents are those of a node that offers everything; this one does not have the path. */
function isNotOffered({ status, contentType, text = '' }: Exchange): boolean {
  return status === 404 && contentType === 'application/problem+json' && text.includes('"code":"not-found"')
}

/** What of the exchanges is not as described, each fault once. */
export async function faultsOf(exchanges: readonly Exchange[]): Promise<readonly string[]> {
  if (exchanges.length === 0) return []
  const documents = await documentsOfRun()
  const checks = [createExchangeCheck(documents.public), createExchangeCheck(documents.internal)]
  const faults = exchanges.map((exchange) => {
    // Some paths are those of both listeners, and which one was asked is not seen.
    const here = checks.filter(({ operationOf }) => operationOf(exchange) !== undefined)
    if (here.length > 0) {
      const found = here.map((check) => check.faultOf(exchange))
      return isNotOffered(exchange) || found.includes(undefined) ? undefined : found[0]
    }
    const isRefused = exchange.status >= 400
    return isRefused
      ? undefined
      : `${exchange.method} ${exchange.path} answered ${exchange.status} and is not documented`
  })
  return [...new Set(faults.filter((fault) => fault !== undefined))]
}
