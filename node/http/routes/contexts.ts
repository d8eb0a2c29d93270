import { readFileSync } from 'node:fs'
import { bronnetContextFile } from '../../credentials/contexts/load-contexts.js'
import { packageFile } from '../../kernel/package-root.js'
import { contextSchema } from '../../../schemas/wire/credential-status.js'
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
        about: 'It never changes.',
        answers: { 200: contextSchema },
      },
      handle: () =>
        Promise.resolve({
          status: 200,
          headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
          body,
        }),
    },
  ]
}
