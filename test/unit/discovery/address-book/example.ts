type Json = Record<string, unknown>

/** A service as the list has it, except for what the changes say. */
export function electronicService(changes: Json = {}): Json {
  return {
    description: 'Raadplegen van het indicatieregister',
    gegevensdienstId: 'CIZ_REGISTER_TST',
    weergavenaam: 'Indicatieregister',
    authorizationEndpoint: { authorizationEndpointuri: 'https://pep.example.nl/graphql' },
    tokenEndpoint: { tokenEndpointuri: 'https://auth.example.nl/token' },
    systeemrollen: [role('REGISTER', 'https://ciz.example.nl/graphql')],
    ...changes,
  }
}

export function role(systeemrolcode: string, resourceEndpointuri: string): Json {
  return { systeemrolcode, resourceEndpoint: { resourceEndpointuri } }
}

export function listOf(...electronicServices: readonly unknown[]): Json {
  return { electronicServices }
}
