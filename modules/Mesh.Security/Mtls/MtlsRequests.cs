using Mesh.Contracts.Security;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Security.Authority;
using Mesh.Security.Issuing;
using Mesh.Security.Operations;
using Mesh.Security.State;

namespace Mesh.Security.Mtls;

/// <summary>What writes of mutual TLS modes mean, over REST and gRPC alike (Flow step 1).</summary>
internal sealed class MtlsRequests(CertificateAuthority authority)
{
    /// <summary>A write of a mode.</summary>
    /// <param name="scope">For what; null with a fault.</param>
    /// <param name="mode">The mode; null with a fault.</param>
    /// <param name="faults">What has been found so far.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The request, or the refusal where the authority cannot be used; neither where there are faults.</returns>
    public Task<Answered<ValidRequest<MtlsOutcome>>> SetAsync(MtlsScope? scope, MtlsMode? mode, Faults faults,
        CancellationToken cancellationToken) => Guarded.RunAsync<ValidRequest<MtlsOutcome>>(async () =>
    {
        if (scope is not { } known || mode is not { } wanted || faults.Any) return default;
        var setting = new MtlsSetting(wanted, await TrustDomainAsync(wanted, cancellationToken).ConfigureAwait(false));
        return new ValidRequest<MtlsOutcome>(KeyOf(known),
            precondition => new SetMtlsMode(known, setting) { Precondition = precondition });
    });

    /// <summary>A removal of a mode; null where <paramref name="faults"/> has any.</summary>
    public static ValidRequest<MtlsOutcome>? Remove(MtlsScope? scope, Faults faults) => scope is { } known && !faults.Any
        ? new(KeyOf(known), precondition => new RemoveMtlsMode(known) { Precondition = precondition })
        : null;

    // Plaintext names nobody, and must be possible while the authority cannot be used.
    private async ValueTask<TrustDomain?> TrustDomainAsync(MtlsMode mode, CancellationToken cancellationToken) =>
        mode == MtlsMode.Disable ? null : (await authority.GetAsync(cancellationToken).ConfigureAwait(false)).TrustDomain;

    private static ServiceKey KeyOf(MtlsScope scope) => new(scope.Namespace, scope.Service ?? "");
}
