import { readFileSync } from 'node:fs'
import { bronnetContextFile } from '../../credentials/contexts/load-contexts.js'
import { packageFile } from '../../kernel/package-root.js'
import type { Route } from '../exchange.js'

/**
 * The JSON-LD context of our own credential types, for whoever wants to read it. Nodes have it with them, and no node
 * fetches it.
 */
export function contextRoutes(): readonly Route[] {
  const body = readFileSync(packageFile('schemas', 'contexts', bronnetContextFile))
  return [
    {
      method: 'GET',
      pattern: '/contexts/credentials/v1',
      family: 'problem',
      doc: {
        summary: 'The JSON-LD context of the credential types of bronnet',
        answers: { 200: { mediaType: 'application/ld+json', about: 'The context; it never changes.' } },
      },
      handle: () =>
        Promise.resolve({
          status: 200,
          headers: { 'content-type': 'application/ld+json; charset=utf-8', 'cache-control': 'no-store' },
          body,
        }),
    },
  ]
}
