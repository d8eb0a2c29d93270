import { readFile } from 'node:fs/promises'
import { NodeError } from '../../kernel/errors.js'
import { schemaFaults } from '../../kernel/schema-faults.js'
import { authorityTableSchema, type AuthorityRow, type AuthorityTable } from '../../../schemas/authority.js'

/** A credential in a verified registration, of somebody else about the publisher. */
export interface ProvenClaim {
  readonly type: string
  readonly issuer: string
  readonly subject: Readonly<Record<string, unknown>>
}

/**
 * What the claim to hold a dataset is worth: `proven` by a credential that the table asks for, or `unguarded`, when nobody
 * says who may make it. `refused` claims are not shown.
 */
export type Standing =
  | { readonly kind: 'proven' | 'unguarded' }
  | {
      readonly kind: 'refused'
      readonly reason: 'authority.not_proven' | 'authority.unnamed'
      readonly product?: string
    }

/** What a claim is about. */
export interface ClaimedDataset {
  /** Names of data models. */
  readonly conformsTo: readonly string[]
  /** Names of regions. */
  readonly spatial: readonly string[]
}

/** Judges claims. Without a table every claim is `unguarded`. */
export interface Authority {
  /** Of the table; `undefined` when there is none. */
  readonly version: number | undefined
  /**
   * Every data model that the table names must be proven, each by one credential alone. With `others: refuse` at least one
   * of them is named.
   */
  judge(dataset: ClaimedDataset, claims: readonly ProvenClaim[]): Standing
}

export function createAuthority(table: AuthorityTable | undefined): Authority {
  if (table === undefined) return { version: undefined, judge: () => ({ kind: 'unguarded' }) }
  const rowsOf = compileRows(table.products)
  return {
    version: table.version,
    judge(dataset, claims) {
      let named = false
      for (const product of dataset.conformsTo) {
        const rows = rowsOf(product)
        if (rows.length === 0) continue
        named = true
        const isProven = rows.some((row) => claims.some((claim) => fulfils(row, claim, dataset)))
        if (!isProven) return { kind: 'refused', reason: 'authority.not_proven', product }
      }
      if (named) return { kind: 'proven' }
      return table.others === 'show' ? { kind: 'unguarded' } : { kind: 'refused', reason: 'authority.unnamed' }
    },
  }
}

/** Reads a table. @throws `config.invalid` with a note per fault, which names the setting */
export async function readAuthority(file: string): Promise<Authority> {
  const invalid = (note: string, cause?: unknown): NodeError =>
    new NodeError('config.invalid', { cause, notes: [`discovery.index.authority: ${file}: ${note}`] })
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw invalid('cannot be read', cause)
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw invalid('is not JSON', cause)
  }
  const parsed = authorityTableSchema.safeParse(json)
  if (!parsed.success) {
    const notes = schemaFaults(parsed.error, { of: `discovery.index.authority: ${file}` })
    throw new NodeError('config.invalid', { notes })
  }
  return createAuthority(parsed.data)
}

/** The rows for a product: those with its name, else those with the longest beginning that fits. */
function compileRows(rows: readonly AuthorityRow[]): (product: string) => readonly AuthorityRow[] {
  const byProduct = new Map<string, AuthorityRow[]>()
  for (const row of rows) byProduct.set(row.product, [...(byProduct.get(row.product) ?? []), row])
  const beginnings = [...byProduct]
    .filter(([product]) => product.endsWith('*'))
    .map(([product, of]) => ({ beginning: product.slice(0, -1), of }))
    .sort((a, b) => b.beginning.length - a.beginning.length)
  return (product) =>
    byProduct.get(product) ?? beginnings.find(({ beginning }) => product.startsWith(beginning))?.of ?? []
}

function fulfils(row: AuthorityRow, claim: ProvenClaim, { spatial }: ClaimedDataset): boolean {
  if (claim.type !== row.credential) return false
  if (row.issuers !== undefined && !row.issuers.includes(claim.issuer)) return false
  for (const [path, wanted] of Object.entries(row.where)) {
    const found = findText(claim.subject, path)
    if (found === undefined || ![wanted].flat().includes(found)) return false
  }
  if (row.spatial === undefined) return true
  const region = fillTemplate(row.spatial, claim.subject)
  return region !== undefined && spatial.length > 0 && spatial.every((name) => name === region)
}

function fillTemplate(template: string, subject: ProvenClaim['subject']): string | undefined {
  const [, before = '', path = '', after = ''] = /^([^{]*)\{([^}]+)\}(.*)$/.exec(template) ?? []
  const text = findText(subject, path)
  // Nothing that could make it another kind of name.
  return text === undefined || !/^[A-Za-z0-9._-]{1,128}$/.test(text) ? undefined : `${before}${text}${after}`
}

function findText(subject: ProvenClaim['subject'], path: string): string | undefined {
  let value: unknown = subject
  for (const member of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return undefined
    value = (value as Record<string, unknown>)[member] // An own member of an object.
  }
  return typeof value === 'string' ? value : undefined
}
