using System.Buffers.Text;
using Mesh.Contracts.Security;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Security.Issuing;
using Microsoft.Extensions.Logging;

namespace Mesh.Security.Operations;

/// <summary>Certificates for workloads, over REST and gRPC alike (Flow step 1).</summary>
internal sealed class CertificateOperations(
    CertificateIssuer issuer, SecurityMetrics metrics, ILogger<CertificateOperations> logger)
{
    private const int LongestSignature = 4096;
    private const string ByToken = "join-token", ByCertificate = "certificate";

    /// <summary>A first certificate, by a join token.</summary>
    public Task<Answered<IssuedCertificate>> SignAsync(string csr, string token, CancellationToken cancellationToken) =>
        RunAsync(ByToken, () => issuer.JoinAsync(csr, token, cancellationToken));

    /// <summary>A further one, by one that is still valid.</summary>
    public Task<Answered<IssuedCertificate>> RenewAsync(string csr, string certificate, ReadOnlyMemory<byte> signature,
        CancellationToken cancellationToken) =>
        RunAsync(ByCertificate, () => issuer.RenewAsync(csr, certificate, signature, cancellationToken));

    /// <summary>The same from a body of REST.</summary>
    public async Task<Answered<SignedCertificateAnswer>> SignAsync(JsonFields fields, Faults faults, CancellationToken cancellationToken)
    {
        var (csr, token) = (fields.Text("csr") ?? "", fields.Text("joinToken") ?? "");
        if (token.Length == 0) faults.Add("joinToken", "missing", "'joinToken' is required.");
        if (csr.Length == 0) faults.Add("csr", "missing", "'csr' is required.");
        fields.End();
        return faults.ToRefusal() is { } invalid
            ? Noted(ByToken, invalid)
            : Show(await SignAsync(csr, token, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The same from a body of REST.</summary>
    public async Task<Answered<SignedCertificateAnswer>> RenewAsync(JsonFields fields, Faults faults, CancellationToken cancellationToken)
    {
        var (csr, certificate, signature) = (fields.Text("csr") ?? "", fields.Text("certificate") ?? "", fields.Text("signature") ?? "");
        foreach (var (name, value) in ((string, string)[])[("csr", csr), ("certificate", certificate), ("signature", signature)])
            if (value.Length == 0) faults.Add(name, "missing", $"'{name}' is required.");
        if (signature.Length > LongestSignature || !Base64.IsValid(signature))
            faults.Add("signature", "not-base64", "'signature' is the base64 of a signature.");
        fields.End();
        return faults.ToRefusal() is { } invalid
            ? Noted(ByCertificate, invalid)
            : Show(await RenewAsync(csr, certificate, Convert.FromBase64String(signature), cancellationToken).ConfigureAwait(false));
    }

    private async Task<Answered<IssuedCertificate>> RunAsync(
        string by, Func<Task<(IssuedCertificate? Certificate, Refusal? Refusal)>> issue)
    {
        var answered = await Guarded.RunAsync<IssuedCertificate>(async () =>
        {
            var (certificate, refused) = await issue().ConfigureAwait(false);
            return new(certificate, refused);
        }).ConfigureAwait(false);
        if (answered.Refusal is { } refusal) Noted(by, refusal);
        else metrics.Answered(by, "issued");
        return answered;
    }

    // By its code alone: what was sent may be a token.
    private Refusal Noted(string by, Refusal refusal)
    {
        var code = refusal.Problems[0].Code;
        AuthorityLog.Refused(logger, by, code);
        metrics.Answered(by, code);
        return refusal;
    }

    private static Answered<SignedCertificateAnswer> Show(Answered<IssuedCertificate> answered) => answered.Value is not { } issued
        ? answered.Refusal!
        : new SignedCertificateAnswer
        {
            SpiffeId = issued.Identity.ToString(), CertificateChain = issued.Chain, Bundle = issued.Bundle, NotAfter = issued.NotAfter,
            RenewAt = issued.RenewAt,
        };
}
