using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Security;

/// <summary>A real Registry and a real control plane: a workload joins, renews, and openssl accepts what it has got.</summary>
public sealed class CertificatesOverGrpcTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly Uri _registry = New(), _controlPlane = New();
    private readonly List<ChildProcess> _processes = [];
    private GrpcChannel _channel = null!;
    private GrpcChannel _facade = null!;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Run("Mesh.Registry", _registry);
        await Run("Mesh.ControlPlane", _controlPlane);
        (_channel, _facade) = (GrpcChannel.ForAddress(_registry), GrpcChannel.ForAddress(_controlPlane));
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        _facade?.Dispose();
        _processes.Reverse();
        foreach (var process in _processes) await process.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_workload_joins_and_renews_with_openssl_alone_at_a_Registry_and_through_a_control_plane()
    {
        foreach (var channel in new[] { _channel, _facade })
        {
            var security = new V1.Security.SecurityClient(channel);
            var certificates = new V1.Certificates.CertificatesClient(channel);
            var token = await security.CreateJoinTokenAsync(new() { Service = "shop", Lifetime = "1m" }, cancellationToken: Ending);
            var join = new V1.SignRequest { Csr = await Csr("first"), JoinToken = token.Token };
            var first = await certificates.SignAsync(join, cancellationToken: Ending);
            Assert.Equal("spiffe://cdaprod.mesh/ns/default/sa/shop", first.SpiffeId);
            await AssertAccepted(first);
            var again = await Assert.ThrowsAsync<RpcException>(async () =>
                await certificates.SignAsync(new() { Csr = await Csr("other"), JoinToken = token.Token }, cancellationToken: Ending));
            Assert.Equal(StatusCode.PermissionDenied, again.StatusCode);

            var csr = await Csr("second");
            var second = await certificates.RenewAsync(
                new() { Csr = csr, Certificate = first.CertificateChain[0], Signature = await Signature("first", csr) },
                cancellationToken: Ending);
            Assert.Equal(first.SpiffeId, second.SpiffeId);
            await AssertAccepted(second);
            var stolen = await Assert.ThrowsAsync<RpcException>(async () => await certificates.RenewAsync(
                new() { Csr = csr, Certificate = first.CertificateChain[0], Signature = await Signature("second", csr) },
                cancellationToken: Ending));
            Assert.Equal(StatusCode.PermissionDenied, stolen.StatusCode);
            Assert.Equal(first.Bundle, second.Bundle);
            Assert.Equal(string.Join('\n', first.Bundle) + "\n",
                (await security.GetBundleAsync(new(), cancellationToken: Ending)).Pem);
            var issued = await security.ListCertificatesAsync(new() { Service = "shop", Limit = 2 }, cancellationToken: Ending);
            Assert.Equal([$"certificate:{issued.Items[1].Serial}", $"join-token:{token.Id}"], issued.Items.Select(one => one.Requester));
        }
    }

    [Fact]
    public async Task A_root_from_outside_is_taken_prepared_and_used_at_once_on_demand()
    {
        await Do("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", File("root.key"), "-out", File("root.pem"), "-days", "30",
            "-subj", "/O=Example/CN=Example Root", "-addext", "keyUsage=critical,keyCertSign");
        var security = new V1.Security.SecurityClient(_channel);
        var import = new V1.ImportAuthorityRequest { Certificates = await Text("root.pem"), Key = await Text("root.key") };
        var taken = await security.ImportAuthorityAsync(import, cancellationToken: Ending);
        Assert.Equal(["active", "prepared"], taken.Authority.Roots.Select(root => root.Phase));
        Assert.True(taken.Authority.Roots[1] is { Imported: true, HasKey: true });
        var busy = await Assert.ThrowsAsync<RpcException>(
            () => security.RotateAuthorityAsync(new() { Root = true }, cancellationToken: Ending).ResponseAsync);
        Assert.Equal(StatusCode.Aborted, busy.StatusCode);
        await security.RotateAuthorityAsync(new() { Root = true, AtOnce = true }, cancellationToken: Ending);

        var token = await security.CreateJoinTokenAsync(new() { Service = "shop" }, cancellationToken: Ending);
        var reply = await new V1.Certificates.CertificatesClient(_channel)
            .SignAsync(new() { Csr = await Csr("leaf"), JoinToken = token.Token }, cancellationToken: Ending);
        Assert.Equal("OK", await OpenSsl.Verify(reply.CertificateChain, [await Text("root.pem")], TimeProvider.System.GetUtcNow()));
        Assert.Equal(2, reply.Bundle.Count);
        AssertNothingOf(token.Token.Split('.')[2], (await Text("root.key")).Split('\n')[2]);
    }

    // Neither what processes have said, with everything that they can say, nor a file that they have written.
    private void AssertNothingOf(params string[] secrets)
    {
        foreach (var secret in secrets)
        {
            Assert.All(_processes, process => Assert.DoesNotContain(secret, process.Output, StringComparison.Ordinal));
            foreach (var file in Directory.GetFiles(Path.Combine(_folder.Path, "data"), "*", SearchOption.AllDirectories)
                .Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
            {
                using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var text = new StreamReader(open, System.Text.Encoding.Latin1);
                Assert.DoesNotContain(secret, text.ReadToEnd(), StringComparison.Ordinal);
            }
        }
    }

    private static async Task AssertAccepted(V1.SignReply reply)
    {
        var now = TimeProvider.System.GetUtcNow();
        foreach (var purpose in new[] { "sslserver", "sslclient" })
            Assert.Equal("OK", await OpenSsl.Verify(reply.CertificateChain, reply.Bundle, now, "-purpose", purpose));
        Assert.Contains($"URI:{reply.SpiffeId}", await OpenSsl.Describe(reply.CertificateChain[0]), StringComparison.Ordinal);
    }

    private async Task<string> Csr(string name)
    {
        await Do("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", File($"{name}.key"), "-out",
            File($"{name}.csr"), "-subj", "/CN=ignored");
        return await Text($"{name}.csr");
    }

    private async Task<ByteString> Signature(string key, string csr)
    {
        var der = Convert.FromBase64String(csr[PemEncoding.Find(csr).Base64Data]);
        await System.IO.File.WriteAllBytesAsync(File("message"), [.. "cdaprod.mesh.v1.Certificates/Renew\n"u8, .. der], Ending);
        await Do("dgst", "-sha256", "-sign", File($"{key}.key"), "-out", File("signature"), File("message"));
        return ByteString.CopyFrom(await System.IO.File.ReadAllBytesAsync(File("signature"), Ending));
    }

    private string File(string name) => _folder.File(name);

    private Task<string> Text(string name) => System.IO.File.ReadAllTextAsync(File(name), Ending);

    private static async Task Do(params string[] arguments)
    {
        var (code, output) = await OpenSsl.Run(arguments);
        Assert.True(code == 0, output);
    }

    private static Uri New() => new($"http://127.0.0.1:{FreePort.Next()}");

    private async Task Run(string host, Uri address)
    {
        var process = ChildProcess.Start(host, new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = address.ToString(), ["Mesh__Registry"] = _registry.ToString(),
            ["MESH_DATA_DIR"] = Path.Combine(_folder.Path, "data"), ["DOTNET_gcServer"] = "0", ["Logging__LogLevel__Default"] = "Trace",
            ["ConnectionStrings__mesh"] = null, ["ConnectionStrings__redis"] = null, ["ConnectionStrings__kafka"] = null,
        });
        _processes.Add(process);
        await process.Ready(new Uri(address, "/health/ready").ToString());
    }
}
