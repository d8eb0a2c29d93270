import { expect, test } from '@jest/globals'
import { markRelativeNames } from '../../../../node/credentials/proofs/relative-names.js'
import { linkedData, plainCredential } from '../../../support/proofs.js'
import { rejectionOf } from '../../../support/refusals.js'

test('what names and is not absolute is marked, and what a value says is left as it is', () => {
  const expanded = [
    {
      '@id': 'constructor',
      '@type': ['__proto__', 'https://a.example/T'],
      'https://a.example/p': [{ '@value': 'constructor', '@type': 'https://a.example/t' }, { '@id': null }],
      toString: [{ '@value': 1 }],
    },
  ]
  expect(markRelativeNames(expanded)).toEqual([
    {
      '@id': './constructor',
      '@type': ['./__proto__', 'https://a.example/T'],
      'https://a.example/p': [{ '@value': 'constructor', '@type': 'https://a.example/t' }, { '@id': null }],
      './toString': [{ '@value': 1 }],
    },
  ])
})

test('an identifier with the form of a keyword means nothing: it is refused, or left out with what it names', async () => {
  const document = plainCredential('did:web:node.example', { id: '@odd' })
  const { id: _, ...nameless } = document
  const refusal = await rejectionOf(linkedData.canonicalize(document, { undefinedTerms: 'refuse' }))
  expect(refusal.code).toBe('credential.context')
  expect(await linkedData.canonicalize(document, { undefinedTerms: 'drop' })).toBe(
    await linkedData.canonicalize(nameless, { undefinedTerms: 'drop' }),
  )
})

test('no context is had that the node does not ship, at whatever depth it is named', async () => {
  const elsewhere = 'https://elsewhere.example/context'
  const v2 = 'https://www.w3.org/ns/credentials/v2'
  for (const changes of [
    { '@context': [v2, elsewhere] },
    { '@context': [v2, [elsewhere]] },
    { '@context': [v2, { term: { '@id': 'urn:term', '@context': elsewhere } }] },
    { credentialSubject: { '@context': elsewhere, id: 'did:web:a.example' } },
  ]) {
    const document = plainCredential('did:web:node.example', changes)
    const refusal = await rejectionOf(linkedData.canonicalize(document, { undefinedTerms: 'drop' }))
    expect(refusal.code).toBe('credential.context')
  }
})
