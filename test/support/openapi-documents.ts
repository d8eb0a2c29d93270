import { startWholeNode } from '../../scripts/whole-node.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import type { OpenApiDocument } from './openapi-contract.js'

/** The descriptions of a node that offers everything there is. */
export interface OpenApiDocuments {
  readonly public: OpenApiDocument
  readonly internal: OpenApiDocument
}

/** Starts such a node, asks it, and stops it. `changes` are to its settings. */
export async function readOpenApiDocuments(changes: Partial<ConfigurationInput> = {}): Promise<OpenApiDocuments> {
  const node = await startWholeNode(changes)
  try {
    const read = async (path: string): Promise<OpenApiDocument> => (await node.read(path)) as OpenApiDocument
    return { public: await read('/public-openapi.json'), internal: await read('/openapi.json') }
  } finally {
    await node.end()
  }
}
