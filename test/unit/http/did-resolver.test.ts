import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startComposedNode, type ComposedNode } from './composed.js'

const didKey = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'
const keyOfDidKey = `${didKey}#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK`
const resolution = 'application/did-resolution'
const dereferencing = 'application/did-url-dereferencing'

let composed: ComposedNode
/** A did:web with a port, so with `%3A` in it. */
let did: string

beforeAll(async () => {
  composed = await startComposedNode()
  did = composed.dids.noord
  const services = '/internal/vdr/v2/subject/noord/service'
  for (const [type, serviceEndpoint] of [
    ['files', 'https://files.example/base/'],
    ['two', ['https://one.example/', 'https://two.example/']],
    ['object', { fhir: 'https://fhir.example' }],
    ['script', 'javascript:alert(1)'],
  ]) {
    await composed.inside('POST', services, { type, serviceEndpoint })
  }
})

afterAll(() => composed.end())

interface Answer {
  readonly status: number
  readonly type: string | null
  readonly location: string | null
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

async function ask(path: string, accept?: string): Promise<Answer> {
  const url = `http://127.0.0.1:${String(composed.node.internalPort)}/1.0/identifiers${path}`
  const headers: Record<string, string> = accept === undefined ? {} : { accept }
  const response = await fetch(url, { headers, redirect: 'manual' })
  const text = await response.text()
  const isJson = text.startsWith('{')
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    location: response.headers.get('location'),
    text,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
  }
}

const errorOf = (type: string, shape = resolution) => ({
  didDocument: null,
  didResolutionMetadata: { contentType: shape, error: { type: `https://www.w3.org/ns/did#${type}` } },
  didDocumentMetadata: {},
})

test('the option accept is a media type, and so ASCII', async () => {
  const answer = await ask(`/${did}?accept=${encodeURIComponent('понял')}`)
  expect([answer.status, answer.body]).toEqual([400, errorOf('INVALID_OPTIONS')])
})

describe('resolving', () => {
  test.each<[string, (did: string) => string]>([
    ['as it stands', (text) => text],
    ['percent-encoded', encodeURIComponent],
    ['with only its percent sign encoded', (text) => text.replaceAll('%', '%25')],
  ])('takes a DID %s', async (_, write) => {
    for (const asked of [did, didKey]) {
      const { status, type, body } = await ask(`/${write(asked)}`, resolution)
      expect([status, type, body]).toEqual([
        200,
        resolution,
        {
          didDocument: expect.objectContaining({ id: asked }),
          didResolutionMetadata: { contentType: resolution },
          didDocumentMetadata: {},
        },
      ])
    }
  })

  test.each([
    [undefined, resolution],
    ['*/*', resolution],
    ['application/*;q=0.5', resolution],
    ['text/html, application/did+json;q=0.4, application/did-resolution;q=0.3', 'application/did+json'],
    ['application/did+json', 'application/did+json'],
    ['application/did+ld+json', 'application/did+ld+json'],
    ['application/json', 'application/json'],
  ])('for Accept %s answers in %s', async (accept, type) => {
    const answer = await ask(`/${did}`, accept)
    expect([answer.status, answer.type]).toEqual([200, type])
    expect(type === resolution ? answer.body['didDocument'] : answer.body).toMatchObject({ id: did })
  })

  test.each(['application/x-nothing', 'text/html', 'application/did+json;q=0'])(
    'for Accept %s is 406',
    async (accept) => {
      const { status, body } = await ask(`/${did}`, accept)
      expect([status, body]).toEqual([406, errorOf('REPRESENTATION_NOT_SUPPORTED')])
    },
  )

  test.each([
    ['no DID', '/', 400, 'INVALID_DID'],
    ['no DID at all', '/not-a-did', 400, 'INVALID_DID'],
    ['a DID without an id', '/did:example', 400, 'INVALID_DID'],
    ['a DID that ends too soon', '/did:web:', 400, 'INVALID_DID'],
    ['a broken percent sign', '/did:web:a%2', 400, 'INVALID_DID'],
    ['a broken percent sign in an encoded one', '/did%3Aweb%3Aa%', 400, 'INVALID_DID'],
    ['parameters of an older kind', '/did:web:node.example;service=files', 400, 'INVALID_DID'],
    ['a did:key that is no key', '/did:key:z6Mk', 400, 'INVALID_DID'],
    ['a did:web of an address', '/did:web:127.0.0.1', 400, 'INVALID_DID'],
    ['a method that is not in the table', '/did:unsupported:123456789abcdefghi', 501, 'METHOD_NOT_SUPPORTED'],
    ['an option that is not known', `/${didKey}?expandRelativeUrls=true`, 400, 'INVALID_OPTIONS'],
    ['a version', `/${didKey}?versionId=1`, 501, 'FEATURE_NOT_SUPPORTED'],
    ['a moment', `/${didKey}?versionTime=2026-01-01T00:00:00Z`, 501, 'FEATURE_NOT_SUPPORTED'],
    ['a moment in another form', `/${didKey}?versionTime=2026-01-01`, 400, 'INVALID_DID_URL'],
    ['a host that nothing listens at', '/did:web:localhost%3A1', 500, 'INTERNAL_ERROR'],
  ])('with %s is refused', async (_, path, status, type) => {
    for (const accept of [resolution, 'application/did+json']) {
      const answer = await ask(path, accept)
      expect([answer.status, answer.type, answer.body]).toEqual([status, resolution, errorOf(type)])
    }
  })

  test('a DID that nobody has is not found', async () => {
    const { status, body } = await ask(`/${did.replace(/[^:]+$/, 'nobody')}`)
    expect([status, body]).toEqual([404, errorOf('NOT_FOUND')])
  })

  test('a document that is about another DID is invalid', async () => {
    // The same document under another spelling of its path.
    const { status, body } = await ask(
      `/${did.replace(/([^:])$/, (last) => `%25${last.charCodeAt(0).toString(16)}`).replace('%3A', '%253A')}`,
    )
    expect([status, body]).toEqual([500, errorOf('INVALID_DID_DOCUMENT')])
  })

  test('a DID that was deactivated is gone', async () => {
    const made = (await composed.inside('POST', '/internal/vdr/v2/subject', { subject: 'ending' })).json
    const ending = (made as { documents: { id: string }[] }).documents[0]?.id ?? ''
    await composed.inside('DELETE', '/internal/vdr/v2/subject/ending')
    const { status, body } = await ask(`/${ending}`)
    expect([status, body]).toEqual([
      410,
      {
        didDocument: null,
        didResolutionMetadata: { contentType: resolution },
        didDocumentMetadata: { deactivated: true },
      },
    ])
  })
})

describe('dereferencing', () => {
  test.each([encodeURIComponent, (text: string) => text.replace('#', '%23')])(
    'gives the key that a fragment names',
    async (write) => {
      const method = { id: keyOfDidKey, type: 'Multikey' }
      const whole = await ask(`/${write(keyOfDidKey)}`, dereferencing)
      expect([whole.status, whole.type, whole.body]).toEqual([
        200,
        dereferencing,
        {
          dereferencingMetadata: { contentType: dereferencing },
          contentStream: expect.objectContaining(method),
          contentMetadata: {},
        },
      ])
      const bare = await ask(`/${write(keyOfDidKey)}`, 'application/json')
      expect([bare.status, bare.type, bare.body]).toEqual([200, 'application/json', expect.objectContaining(method)])
    },
  )

  test('of a DID alone gives the document', async () => {
    const { body } = await ask(`/${encodeURIComponent(did)}`, dereferencing)
    expect(body['contentStream']).toMatchObject({ id: did })
  })

  test('leads to the endpoint of a service, however it is written', async () => {
    for (const path of [
      `/${did}?serviceType=files`,
      `/${encodeURIComponent(`${did}?serviceType=files`)}`,
      `/${did}%3FserviceType=files`,
    ]) {
      const { status, location, text } = await ask(path, dereferencing)
      expect([path, status, location, text]).toEqual([path, 303, 'https://files.example/base/', ''])
    }
  })

  test('leads to a place below the endpoint', async () => {
    const didUrl = `${did}?serviceType=files&relativeRef=${encodeURIComponent('a/b?c=d')}#part`
    const { location } = await ask(`/${encodeURIComponent(didUrl)}`, dereferencing)
    expect(location).toBe('https://files.example/base/a/b?c=d#part')
  })

  test('finds a service by the name of its id', async () => {
    const { body } = await ask(`/${did}`)
    const { service } = body['didDocument'] as { service: { id: string; type: string }[] }
    const name = service.find(({ type }) => type === 'files')?.id.split('#')[1] ?? ''
    expect((await ask(`/${did}?service=${name}`)).location).toBe('https://files.example/base/')
    const part = await ask(`/${did}%23${name}`, dereferencing)
    expect(part.body['contentStream']).toMatchObject({ type: 'files' })
  })

  test('lists the endpoints when there are more', async () => {
    const { status, type, text } = await ask(`/${did}?serviceType=two`)
    expect([status, type, text]).toEqual([200, 'text/uri-list', 'https://one.example/\r\nhttps://two.example/'])
  })

  test.each([
    ['a fragment that is not there', '%23nobody', 404, 'NOT_FOUND'],
    ['a service that is not there', '?service=nobody', 404, 'NOT_FOUND'],
    ['a service without an address', '?serviceType=object', 404, 'NOT_FOUND'],
    ['a service whose address is a program', '?serviceType=script', 404, 'NOT_FOUND'],
    ['a reference to somebody else', '?serviceType=files&relativeRef=//evil.example/', 404, 'NOT_FOUND'],
    ['a reference without a service', '?relativeRef=a', 400, 'INVALID_DID_URL'],
    ['a reference that is not encoded', '?serviceType=files&relativeRef=a%20b', 400, 'INVALID_DID_URL'],
    ['a service in other letters', '?service=%C3%A9', 400, 'INVALID_DID_URL'],
    ['an empty fragment', '%23', 400, 'INVALID_DID_URL'],
    ['a path', '%2Fa', 501, 'FEATURE_NOT_SUPPORTED'],
    ['a hash link', '?hl=zQm', 501, 'FEATURE_NOT_SUPPORTED'],
    ['a parameter in two places', '%3Fservice=a?service=b', 400, 'INVALID_DID_URL'],
  ])('of %s is refused', async (_, rest, status, type) => {
    const answer = await ask(`/${did}${rest}`, dereferencing)
    expect([answer.status, answer.type, answer.body]).toEqual([
      status,
      dereferencing,
      {
        dereferencingMetadata: { contentType: dereferencing, error: { type: `https://www.w3.org/ns/did#${type}` } },
        contentStream: null,
        contentMetadata: {},
      },
    ])
  })
})
