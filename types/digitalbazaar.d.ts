// What tests and benchmarks call of the implementation that ours is compared with.

interface DigitalBazaarSigner {
  readonly id: string
  readonly algorithm: string
  sign(options: { readonly data: Uint8Array }): Promise<Uint8Array>
}

interface DigitalBazaarKeyPair {
  signer(): DigitalBazaarSigner
  export(options: { readonly publicKey: true }): Promise<{ readonly publicKeyMultibase: string }>
}

declare module '@digitalbazaar/data-integrity' {
  export class DataIntegrityProof {
    constructor(options: {
      readonly cryptosuite: object
      readonly signer?: DigitalBazaarSigner
      readonly date?: string
    })
  }
}

declare module '@digitalbazaar/eddsa-rdfc-2022-cryptosuite' {
  export const cryptosuite: object
}

declare module '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite' {
  export const cryptosuite: object
}

declare module '@digitalbazaar/ed25519-multikey' {
  export function generate(): Promise<DigitalBazaarKeyPair>
}

declare module '@digitalbazaar/ecdsa-multikey' {
  export function generate(options: { readonly curve: 'P-256' }): Promise<DigitalBazaarKeyPair>
}

declare module '@digitalbazaar/vc' {
  interface Options {
    readonly credential: Readonly<Record<string, unknown>>
    readonly suite: object
    readonly documentLoader: (url: string) => Promise<object>
    readonly now: Date
  }
  export function issue(options: Options): Promise<Readonly<Record<string, unknown>>>
  export function verifyCredential(options: Options): Promise<{ readonly verified: boolean; readonly error?: unknown }>
}
