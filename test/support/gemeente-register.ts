import { openServedSources, type ServedSources } from '../../node/access/served-sources.js'
import { packageFile } from '../../node/kernel/package-root.js'
import type { RegisterAdministration } from '../../node/sources/register/administer.js'
import { createNodeParts, type NodeParts } from './node-parts.js'
import { plainFace } from './source-face.js'

/** Fictitious, and from the range for tests. */
export const testPersons = ['999990019', '999990020', '999990032'] as const

/** Ids of made-up records: of the kind that `letter` stands for, and the number. */
export function recordId(letter: 'a' | 'b' | 'c', number: number): string {
  return `${letter.repeat(8)}-0000-4000-8000-${String(number).padStart(12, '0')}`
}

/** A person in the register with one besluit and one toewijzing under it; all are numbered alike. */
export interface TestCase {
  readonly number: number
  readonly bsn: string
  readonly domein?: 'WMO' | 'JW'
  readonly aanbieder?: string
  readonly from?: string
  readonly until?: string | null
}

/** A gemeente that keeps a toewijzingsregister, as far as sources go. */
export interface GemeenteRegister {
  readonly node: NodeParts
  readonly servedSources: ServedSources
  readonly administration: RegisterAdministration
  /** Writes the records of a case, or changes them. */
  keep(given: TestCase): Promise<void>
  /** Writes another toewijzing under the besluit of a case. */
  addToewijzing(given: Omit<TestCase, 'bsn' | 'domein'> & { readonly of: number }): Promise<void>
  remove(type: string, key: string): Promise<void>
}

export const gemeente = 'gemeente'
export const toewijzingen = 'toewijzingen'

export async function openGemeenteRegister(
  options: Partial<Parameters<typeof openServedSources>[0]> & { readonly node?: NodeParts } = {},
): Promise<GemeenteRegister> {
  const node =
    options.node ?? createNodeParts({ trust: { LedenadministratieCredential: ['did:web:stelsel.example.nl'] } })
  const source = {
    name: toewijzingen,
    kind: 'register',
    schema: 'toewijzingsregister-1',
    pack: 'toewijzingsregister',
    ...plainFace,
  } as const
  const servedSources = await openServedSources({
    ...node,
    policiesDirectory: packageFile('policies'),
    configured: [{ subject: gemeente, sources: [source] }],
    ...options,
  })
  const administration = servedSources.find(gemeente, toewijzingen)?.register?.administration
  if (administration === undefined) throw new Error('the test has no register')
  return {
    node,
    servedSources,
    administration,
    async keep({ number, bsn, domein = 'WMO', aanbieder = '06999901', from = '2026-01-01', until = null }) {
      const [clientID, besluitID] = [recordId('a', number), recordId('b', number)]
      await administration.write(
        [
          { type: 'Client', record: { clientID, bsn } },
          {
            type: 'Besluit',
            record: {
              besluitID,
              clientID,
              domein,
              gemeente: '9998',
              afgiftedatum: from,
              ingangsdatum: from,
              einddatum: until,
            },
          },
          toewijzingChange({ number, besluitID, aanbieder, from, until }),
        ],
        { by: 'test' },
      )
    },
    async addToewijzing({ number, of, aanbieder = '06999901', from = '2026-01-01', until = null }) {
      const change = toewijzingChange({ number, besluitID: recordId('b', of), aanbieder, from, until })
      await administration.write([change], { by: 'test' })
    },
    async remove(type, key) {
      await administration.write([{ type, remove: key }], { by: 'test' })
    },
  }
}

export function toewijzingChange(given: {
  readonly number: number
  readonly besluitID: string
  readonly aanbieder: string
  readonly from: string
  readonly until: string | null
}) {
  const { number, besluitID, aanbieder, from, until } = given
  const record = {
    toewijzingID: recordId('c', number),
    besluitID,
    productcategorie: '01',
    productcode: null,
    volume: null,
    eenheid: null,
    frequentie: null,
    aanbieder,
    ingangsdatum: from,
    einddatum: until,
    vaststellingMoment: `${from}T09:00:00Z`,
    redenWijziging: null,
  }
  return { type: 'Toewijzing', record }
}
