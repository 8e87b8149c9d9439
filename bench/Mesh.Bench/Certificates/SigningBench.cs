using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Mesh.Bench.Registrations;
using Mesh.Bench.Running;
using Mesh.Contracts.V1;

namespace Mesh.Bench.Certificates;

/// <summary>
/// Certificates that a Registry signs: 64 callers that renew, each time for a new key, every one recorded durably before its answer. The
/// callers' own cryptography runs on the same machine, so what one core of the server does follows from its CPU time.
/// </summary>
internal static class SigningBench
{
    private const int Callers = 64, WarmUpSeconds = 10, Seconds = 10, Rounds = 3;

    private static ReadOnlySpan<byte> Context => "cdaprod.mesh.v1.Certificates/Renew\n"u8;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var table = new Table("", "certificates/s", "p50 ms", "p99 ms", "server CPU µs each", "certificates/s of one core");
        for (var round = 1; round <= Rounds; round++)
        {
            using var folder = new ScratchFolder();
            var url = $"http://127.0.0.1:{Machine.FreePort()}";
            await using var server = Child.Start(Machine.Built("Mesh.Registry"), [], new Dictionary<string, string>
            {
                ["ASPNETCORE_URLS"] = url,
                ["MESH_DATA_DIR"] = folder.Path,
                ["Logging__LogLevel__Default"] = "Warning",
            });
            await server.ReadyAsync(url + "/health/ready", cancellationToken);
            using var channels = new ChannelSet(url);
            var stubs = channels.Each(channel => new Contracts.V1.Certificates.CertificatesClient(channel));
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var certificate = await JoinAsync(channels, stubs[0], key, cancellationToken);
            var cpu = new PartsCpu([("server", server.Id)], ["server"]);
            var run = await ClosedLoad.RunAsync(Callers, TimeSpan.FromSeconds(WarmUpSeconds), TimeSpan.FromSeconds(Seconds), cpu.Begin,
                async (caller, _) => await stubs[caller % stubs.Length].RenewAsync(Renewal(certificate, key),
                    cancellationToken: cancellationToken));
            var each = cpu.MicrosecondsEach(run.Calls)[0];
            table.Row($"round {round}", run.PerSecond, run.P50Ms, run.P99Ms, each, 1_000_000 / each);
        }

        table.Print();
    }

    private static async Task<string> JoinAsync(
        ChannelSet channels, Contracts.V1.Certificates.CertificatesClient certificates, ECDsa key, CancellationToken cancellationToken)
    {
        var security = channels.Each(channel => new Contracts.V1.Security.SecurityClient(channel))[0];
        var token = await security.CreateJoinTokenAsync(new CreateJoinTokenRequest { Service = "shop" }, cancellationToken: cancellationToken);
        var joined = await certificates.SignAsync(
            new SignRequest { Csr = Pem(Csr(key)), JoinToken = token.Token }, cancellationToken: cancellationToken);
        return joined.CertificateChain[0];
    }

    private static RenewRequest Renewal(string certificate, ECDsa key)
    {
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = Csr(next);
        byte[] signature;
        // It is not promised to be safe for concurrent use.
        lock (key) signature = key.SignData([.. Context, .. csr], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return new RenewRequest { Csr = Pem(csr), Certificate = certificate, Signature = ByteString.CopyFrom(signature) };
    }

    private static byte[] Csr(ECDsa key) =>
        new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256).CreateSigningRequest();

    private static string Pem(byte[] csr) => PemEncoding.WriteString("CERTIFICATE REQUEST", csr);
}
