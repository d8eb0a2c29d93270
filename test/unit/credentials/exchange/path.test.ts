import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compilePath } from '../../../../node/credentials/exchange/path.js'
import { refusalOf } from '../../../support/refusals.js'

const view = {
  type: ['VerifiableCredential', 'TestCredential'],
  issuer: 'did:web:a.example',
  credentialSubject: [{ id: 'x', organization: { name: 'Noord', 'e-mail': 'a@b' } }, { id: 'y' }],
  '@context': ['c'],
  nothing: null,
}

describe('a path', () => {
  test.each<[string, unknown]>([
    ['$', view],
    ['$.issuer', 'did:web:a.example'],
    ["$['issuer']", 'did:web:a.example'],
    ['$["issuer"]', 'did:web:a.example'],
    ['$.type', view.type],
    ['$.type[1]', 'TestCredential'],
    ['$.type[*]', view.type],
    ['$.credentialSubject[0].organization.name', 'Noord'],
    ['$.credentialSubject[*].id', ['x', 'y']],
    ['$.credentialSubject[*].organization.name', ['Noord']],
    ["$.credentialSubject[0]['organization']['e-mail']", 'a@b'],
    ['$.credentialSubject[0].organization.e-mail', 'a@b'],
    ['$.credentialSubject[0].organization.*', ['Noord', 'a@b']],
    ['$.@context[0]', 'c'],
    ['$.type[0,1]', view.type],
    ['$.type[1,0,1]', ['TestCredential', 'VerifiableCredential']],
    ["$['issuer','absent']", ['did:web:a.example']],
    ['$.type[0:1]', ['VerifiableCredential']],
    ['$.type[-1:]', ['TestCredential']],
    ['$.type[::2]', ['VerifiableCredential']],
    ['$.type[:]', view.type],
    ['$.type[5:]', undefined],
    ['$..id', ['x', 'y']],
    ["$..['e-mail']", ['a@b']],
    ['$.credentialSubject..name', ['Noord']],
    ['$..[1].id', ['y']],
    ['$..absent', undefined],
    ['$.nothing', undefined],
    ['$.nothing.more', undefined],
    ['$.absent', undefined],
    ['$.absent[*]', undefined],
    ['$.issuer.length', undefined],
    ['$.issuer[0]', undefined],
    ['$.issuer[*]', undefined],
    ['$.type.length', undefined],
    ['$.type[2]', undefined],
    ['$.credentialSubject.id', undefined],
    ['$[0]', undefined],
  ])('%s finds %j', (path, found) => {
    expect(compilePath(path)(view)).toEqual(found)
  })

  test.each([
    [''],
    ['issuer'],
    ['.issuer'],
    ['$issuer'],
    ['$.'],
    ['$..'],
    ['$..a..b'],
    ['$...a'],
    ['$.type[-1]'],
    ['$.type[0:1:0]'],
    ['$.type[::-1]'],
    ['$.type[0,]'],
    ["$['a',0]"],
    ['$.type[(@.length-1)]'],
    ['$.type[?(@.a)]'],
    ['$.type[10000]'],
    ["$['issuer"],
    ["$['']"],
    ["$['a\\']"],
    ['$.a b'],
    ['$.issuer '],
    [' $.issuer'],
    ['$.issuer\n'],
    ['$.é'],
    [`$${'.a'.repeat(17)}`],
  ])('%j is refused', (path) => {
    expect(refusalOf(() => compilePath(path)).code).toBe('presentation.definition_unsupported')
  })

  test('has sixteen steps at most', () => {
    expect(compilePath(`$${'.a'.repeat(16)}`)({})).toBeUndefined()
  })

  test('that was refused does not trouble the next one', () => {
    refusalOf(() => compilePath('$.issuer..x..y'))
    expect(compilePath('$.issuer')(view)).toBe('did:web:a.example')
  })

  test.each([['constructor'], ['__proto__'], ['toString'], ['hasOwnProperty'], ['length']])(
    'finds the member %s only where it is a member of its own',
    (name) => {
      const path = compilePath(`$['${name}']`)
      expect([path({}), path([]), path('x'), path(JSON.parse(`{"${name}":1}`))]).toEqual([
        undefined,
        undefined,
        undefined,
        1,
      ])
    },
  )

  test('finds something or nothing in every value, and never throws', () => {
    const names = fc.constantFrom('a', 'constructor', '__proto__', 'toString', 'length')
    const step = fc.oneof(
      names.map((name) => `['${name}']`),
      fc.nat(3).map((index) => `[${String(index)}]`),
      fc.constantFrom('[*]', '.*', '[0,1]', '[-2:]', "['a','length']"),
    )
    const descent = fc.constantFrom('', '..*', "..['a']")
    const value = fc.anything({
      key: names,
      withNullPrototype: true,
      withSparseArray: true,
      withMap: true,
      withBigInt: true,
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), descent, value, (steps, down, anything) => {
        const found = compilePath(`$${down}${steps.join('')}`)(anything)
        expect(found).not.toBeNull()
        if (down !== '' && found !== undefined) expect(Array.isArray(found)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('takes time in proportion to the value, however many values each step finds', () => {
    let deep: unknown = 'x'
    for (let level = 0; level < 5_000; level += 1) deep = { a: deep, b: [1] }
    expect(compilePath('$..b[*]')(deep)).toHaveLength(5_000)
    const wide = Array.from({ length: 20_000 }, () => ['x', 'y'])
    expect(compilePath(`$..*${'[0,1]'.repeat(10)}`)(wide)).toBeUndefined()
    // As many nothings as no machine holds, were they not left out at each step.
    const sixteen = `[${Array.from({ length: 16 }, (_, index) => index).join()}]`
    expect(compilePath(`$${sixteen.repeat(16)}`)(wide)).toBeUndefined()
  })

  test('is compiled or refused, whatever the text', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...`$.['a0*]"@-`), maxLength: 20 }).map((rest) => `$${rest}`),
    )
    fc.assert(
      fc.property(text, (path) => {
        try {
          compilePath(path)
        } catch (error) {
          expect(error).toMatchObject({ code: 'presentation.definition_unsupported' })
        }
      }),
      { numRuns: 500 },
    )
  })
})
