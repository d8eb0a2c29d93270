import { describe, expect, test } from '@jest/globals'
import { readList } from '../../../../node/discovery/address-book/read-list.js'
import { writeList } from '../../../../node/discovery/address-book/write-list.js'
import { writtenServicesSchema } from '../../../../schemas/wire/address-book.js'
import { refusalOf } from '../../../support/refusals.js'
import { describeWithShared } from '../../../support/shared.js'
import { electronicService, listOf, role } from './example.js'

const read = (value: unknown, loopback = false) => readList(value, { loopback })
const faultsOf = (...services: readonly unknown[]): readonly string[] => read(listOf(...services)).faults

describe('a published list', () => {
  test('says per organisation, code and environment where requests go and what a token is asked for', () => {
    expect(read(listOf(electronicService()))).toEqual({
      faults: [],
      addresses: [
        {
          organization: 'ciz',
          code: 'REGISTER',
          environment: 'TST',
          gateway: 'https://pep.example.nl/graphql',
          tokenEndpoint: 'https://auth.example.nl/token',
          audience: 'https://ciz.example.nl/graphql',
          description: 'Raadplegen van het indicatieregister',
          name: 'Indicatieregister',
        },
      ],
    })
  })

  test.each([
    ['CIZ_REGISTER_TST', 'REGISTER', 'ciz', 'REGISTER'],
    ['CIZ-REGISTER-PRD', 'Register', 'ciz', 'REGISTER'],
    ['ciz-indicatie_acc', 'register', 'ciz', 'REGISTER'],
    ['CIZ_INDICATIE_TST', 'Register', 'ciz', 'REGISTER'],
    ['5555_BEMIDDELING_TST', 'REGISTER', 'uzovi:5555', 'REGISTER'],
    ['12121212_NOTIFICATIE_TST', 'notificatie-indicatie', 'agb:12121212', 'NOTIFICATIE_INDICATIE'],
    ['12121212-INDICATIE-TST', 'NOTIFICATIE_INDICATIE', 'agb:12121212', 'NOTIFICATIE_INDICATIE'],
    ['0555_NOTIFICATIE_TST', ' Notificatie_Bemiddeling ', 'uzovi:0555', 'NOTIFICATIE_BEMIDDELING'],
    ['5555_MELDING_TST', 'melding', 'uzovi:5555', 'MELDING'],
  ])('is read as it is written in practice: %s with %s', (gegevensdienstId, systeemrolcode, organization, code) => {
    const systeemrollen = [role(systeemrolcode, 'https://a.example.nl')]
    const { addresses, faults } = read(listOf(electronicService({ gegevensdienstId, systeemrollen })))
    expect(faults).toEqual([])
    expect(addresses).toEqual([expect.objectContaining({ organization, code })])
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['no id', { gegevensdienstId: undefined }, 'gegevensdienstId: '],
    ['no description', { description: undefined }, 'description: '],
    ['a token endpoint without a URL', { tokenEndpoint: {} }, 'tokenEndpoint.tokenEndpointuri: '],
    [
      'a code that is not known',
      { systeemrollen: [role('LEVERING', 'https://a.example.nl')] },
      'systeemrollen[0].systeemrolcode: must be one of',
    ],
    ['no code at all', { systeemrollen: [] }, 'systeemrollen: '],
    [
      'a code of another kind than its id',
      { systeemrollen: [role('MELDING', 'https://a.example.nl')] },
      'is of another kind',
    ],
    ['an id of four parts', { gegevensdienstId: 'CIZ_A_REGISTER_TST' }, 'gegevensdienstId: must be organisation'],
    ['an organisation that is none', { gegevensdienstId: 'VECOZO_REGISTER_TST' }, 'gegevensdienstId: must begin with'],
    ['a number of five digits', { gegevensdienstId: '55555_REGISTER_TST' }, 'gegevensdienstId: must begin with'],
    ['a function that is none', { gegevensdienstId: 'CIZ_CONSTRUCTOR_TST' }, 'gegevensdienstId: must have'],
    ['an environment that is none', { gegevensdienstId: 'CIZ_REGISTER_OTA' }, 'gegevensdienstId: must end with'],
    ['http', { tokenEndpoint: { tokenEndpointuri: 'http://auth.example.nl' } }, 'must be an https URL'],
    [
      'a user in a URL',
      { authorizationEndpoint: { authorizationEndpointuri: 'https://a:b@pep.example.nl' } },
      'must be an https URL',
    ],
    ['no URL', { systeemrollen: [role('REGISTER', 'test.sometest.url')] }, 'resourceEndpointuri: must be an https URL'],
    ['a number that could be a BSN', { weergavenaam: 'client 999990019' }, 'weergavenaam: holds a number'],
  ])('with %s has a fault with its place, and gives no address of that service', (_what, changes, fault) => {
    const { addresses, faults } = read(
      listOf(electronicService({ gegevensdienstId: '5555_REGISTER_TST' }), electronicService(changes)),
    )
    expect(faults).toEqual([expect.stringMatching(/^electronicServices\[1\]/)])
    expect(faults[0]).toContain(fault)
    expect(faults.join()).not.toContain('999990019')
    expect(addresses).toHaveLength(1)
  })

  // Its JSON Schema names the items of both lists as tuples, of which draft-04 checks the first element only.
  test('is looked at behind the first element of each of its lists', () => {
    expect(faultsOf(electronicService(), {})).toEqual(
      [
        'description',
        'gegevensdienstId',
        'weergavenaam',
        'authorizationEndpoint',
        'tokenEndpoint',
        'systeemrollen',
      ].map((member) => expect.stringContaining(`electronicServices[1].${member}: `)),
    )
    const second = [role('REGISTER', 'https://a.example.nl'), { systeemrolcode: 'MELDING' }]
    expect(faultsOf(electronicService({ systeemrollen: second }))).toEqual([
      expect.stringContaining('electronicServices[0].systeemrollen[1].resourceEndpoint: '),
    ])
  })

  test('may say the same twice, and not two different things', () => {
    const other = electronicService({ systeemrollen: [role('REGISTER', 'https://elders.example.nl')] })
    expect(faultsOf(electronicService(), electronicService())).toEqual([])
    expect(faultsOf(electronicService(), other)).toEqual([
      'electronicServices[1]: an earlier service has another address for the REGISTER of this one',
    ])
  })

  test('takes http of this machine for development only', () => {
    const local = electronicService({ tokenEndpoint: { tokenEndpointuri: 'http://localhost:7100/token' } })
    expect(read(listOf(local), true).faults).toEqual([])
    expect(read(listOf(local)).faults).toHaveLength(1)
  })

  test.each([undefined, null, [], {}, { electronicServices: {} }, 'lijst'])('is none: %j', (value) => {
    expect(refusalOf(() => read(value)).code).toBe('discovery.address_list_malformed')
  })
})

describe('the list as it is written', () => {
  const mixed = listOf(
    electronicService({
      gegevensdienstId: '12121212-notificatie-tst',
      systeemrollen: [role('Notificatie-Bemiddeling', 'https://b.example.nl')],
    }),
    electronicService({
      gegevensdienstId: 'ciz-indicatie-tst',
      systeemrollen: [role('Register', 'https://a.example.nl')],
    }),
    electronicService({
      gegevensdienstId: '12121212_NOTIFICATIE_TST',
      systeemrollen: [role('NOTIFICATIE_INDICATIE', 'https://c.example.nl')],
    }),
    electronicService({
      gegevensdienstId: 'CIZ_REGISTER_PRD',
      tokenEndpoint: { tokenEndpointuri: 'https://prd.example.nl' },
    }),
  )

  test('is strict, in one order, with one service for what belongs together', () => {
    const { addresses } = read(mixed)
    const written = writeList(addresses)
    expect(writtenServicesSchema.parse(written)).toEqual(written)
    expect(
      written.electronicServices.map(({ gegevensdienstId, systeemrollen }) => [
        gegevensdienstId,
        systeemrollen.map(({ systeemrolcode }) => systeemrolcode),
      ]),
    ).toEqual([
      ['12121212_NOTIFICATIE_TST', ['NOTIFICATIE_INDICATIE', 'NOTIFICATIE_BEMIDDELING']],
      ['CIZ_REGISTER_PRD', ['REGISTER']],
      ['CIZ_REGISTER_TST', ['REGISTER']],
    ])
    expect(writeList([...addresses].reverse())).toEqual(written)
  })

  test('says the same when it is read again', () => {
    const { addresses } = read(mixed)
    const again = read(writeList(addresses))
    expect(again.faults).toEqual([])
    expect(writeList(again.addresses)).toEqual(writeList(addresses))
  })
})

describeWithShared('the published example', ['official', 'iwlz'], (readFile) => {
  test('is read, and written as the format describes it', () => {
    const { addresses, faults } = read(JSON.parse(readFile('iWlz_services.json')))
    expect(faults).toEqual([])
    expect(writtenServicesSchema.parse(writeList(addresses)).electronicServices).toMatchObject([
      { gegevensdienstId: 'CIZ_REGISTER_TST', systeemrollen: [{ systeemrolcode: 'REGISTER' }] },
    ])
  })
})
