using System.Diagnostics.Metrics;
using Mesh.Security.Authority;

namespace Mesh.Security.Issuing;

/// <summary>
/// What the authority counts, on the meter <c>Cdaprod.Mesh.Security</c>. An alert on <c>authority.remaining</c> comes long before an end of
/// life that the mesh cannot prevent itself.
/// </summary>
internal sealed class SecurityMetrics
{
    private readonly CertificateAuthority _authority;
    private readonly Counter<long> _answers;

    public SecurityMetrics(IMeterFactory meters, CertificateAuthority authority)
    {
        _authority = authority;
        var meter = meters.Create("Cdaprod.Mesh.Security");
        _answers = meter.CreateCounter<long>("cdaprod.mesh.security.certificates", "{request}",
            "Requests for certificates, by how they were answered.");
        meter.CreateObservableGauge("cdaprod.mesh.security.authority.remaining", Remaining, "s",
            "Until the root and the intermediate in use end.");
    }

    /// <summary>A request for a certificate was answered.</summary>
    /// <param name="by"><c>join-token</c> or <c>certificate</c>.</param>
    /// <param name="outcome"><c>issued</c>, or the code of the refusal.</param>
    public void Answered(string by, string outcome) => _answers.Add(1, new KeyValuePair<string, object?>("mesh.by", by),
        new KeyValuePair<string, object?>("mesh.outcome", outcome));

    private IEnumerable<Measurement<double>> Remaining()
    {
        if (_authority.Last is not { } loaded) yield break;
        var now = _authority.Now;
        foreach (var (kind, entry) in ((string, CaEntry)[])[("root", loaded.State.Root(now)), ("intermediate", loaded.State.Signer(now))])
            yield return new((Validity.Of(loaded.CertificateOf(entry)).NotAfter - now).TotalSeconds,
                new KeyValuePair<string, object?>("mesh.kind", kind));
    }
}
