import type { AddressBook, Imported } from '../../discovery/address-book/address-book.js'
import type { ResolveEndpoint } from '../../discovery/resolve-endpoint.js'
import { toRfc3339, type Clock } from '../../kernel/clock.js'
import {
  addressBookStateSchema,
  endpointQuerySchema,
  exportAddressBookQuerySchema,
  importAddressBookSchema,
  importedAddressBookSchema,
  resolvedEndpointSchema,
  writtenServicesSchema,
} from '../../../schemas/wire/address-book.js'
import { jsonAnswer, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

export interface AddressBookRoutesDeps {
  readonly clock: Clock
  readonly addressBook: AddressBook
  readonly resolveEndpoint: ResolveEndpoint
}

const base = '/internal/bronnet/v1/address-book'
const maxListBytes = 4 * 1024 * 1024

/** The iWlz address book, and where a function of an organisation is, whoever says so. */
export function addressBookRoutes({ clock, addressBook, resolveEndpoint }: AddressBookRoutesDeps): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: `${base}/import`,
      family: 'problem',
      callers: [],
      body: { maxBytes: maxListBytes, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Put a published list in the place of the one before',
        about: 'Every fault is told with its place. After `validUntil` no address of the list is used.',
        body: importAddressBookSchema,
        answers: { 200: importedAddressBookSchema },
      },
      async handle({ body, trace }) {
        const { list, by, skipBroken, validUntil } = parseBody(importAddressBookSchema, body)
        const { imported, leftOut } = await addressBook.import({
          list,
          by,
          skipBroken,
          validUntil: Date.parse(validUntil),
          trace,
        })
        const { addresses, digest } = imported
        return jsonAnswer(200, { addresses, digest, validUntil: toRfc3339(imported.validUntil), leftOut })
      },
    },
    {
      method: 'GET',
      pattern: `${base}/export`,
      family: 'problem',
      callers: ['operator', 'reader'],
      aboutParties: 'none',
      doc: {
        summary: 'The list in its published format, of what counts now',
        query: exportAddressBookQuerySchema,
        answers: { 200: writtenServicesSchema },
      },
      async handle({ query, trace }) {
        const { environment, by } = parseParameters(exportAddressBookQuerySchema, query)
        return jsonAnswer(200, await addressBook.export({ environment, by, trace }))
      },
    },
    {
      method: 'GET',
      pattern: base,
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      aboutParties: 'none',
      doc: {
        summary: 'Who imported the list, when and until when it counts',
        answers: { 200: addressBookStateSchema },
      },
      async handle() {
        const last = await addressBook.lastImport()
        return jsonAnswer(200, {
          ...(last === undefined ? {} : { imported: toImported(last) }),
          valid: last !== undefined && last.validUntil >= clock.now(),
        })
      },
    },
    {
      method: 'GET',
      pattern: '/internal/bronnet/v1/endpoint',
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      aboutParties: 'none',
      doc: {
        summary: 'Where a function of an organisation is, and how a token for it is got',
        about:
          'Discovery decides first, then the DID document, then the iWlz address book; nothing that is over counts.',
        query: endpointQuerySchema,
        answers: { 200: resolvedEndpointSchema },
        refusals: [404, 409, 502, 504],
      },
      async handle({ query, trace }) {
        const asked = parseParameters(endpointQuerySchema, query)
        const { asOf, validUntil, authorizationServer, did, ...found } = await resolveEndpoint({ ...asked, trace })
        return jsonAnswer(200, {
          organization: asked.organization,
          function: asked.function,
          ...found,
          ...(authorizationServer === undefined ? {} : { authorizationServer }),
          ...(did === undefined ? {} : { did }),
          asOf: toRfc3339(asOf),
          ...(validUntil === undefined ? {} : { validUntil: toRfc3339(validUntil) }),
        })
      },
    },
  ]
}

function toImported({ at, by, digest, validUntil, addresses }: Imported): object {
  return { at: toRfc3339(at), by, digest, validUntil: toRfc3339(validUntil), addresses }
}
