import { createExchangeCheck } from './openapi-contract.js'
import { readOpenApiDocuments } from './openapi-documents.js'
import type { Exchange } from './record-exchanges.js'

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
