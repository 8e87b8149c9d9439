using System.Text.Json;
using Mesh.Tests.Cli;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;
using SharedRegistry = Mesh.Tests.Registry.SharedRegistry;

namespace Mesh.Tests.Security;

/// <summary>The real command line program against a real Registry process.</summary>
public sealed class SecurityCommandTests(SharedRegistry registry) : IClassFixture<SharedRegistry>, IDisposable
{
    private readonly CliProgram _cli = new() { Environment = { ["MESH_REGISTRY"] = registry.Address.ToString() } };
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _cli.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_authority_is_shown_rotated_and_its_bundle_exported()
    {
        var first = await Status();
        Assert.Equal("active", Assert.Single(first.GetProperty("roots").EnumerateArray()).GetProperty("phase").GetString());
        Assert.StartsWith("intermediate ", (await Ok("security", "ca", "rotate")).Output, StringComparison.Ordinal);
        var table = (await Ok("security", "ca", "status")).Output;
        Assert.Contains("retiring", table, StringComparison.Ordinal);

        var rotated = await Ok("security", "ca", "rotate", "--root", "--idempotency-key=once");
        Assert.Contains("is trusted now, and used from", rotated.Output, StringComparison.Ordinal);
        Assert.Equal("nothing changed: this was done before\n",
            (await Ok("security", "ca", "rotate", "--root", "--idempotency-key=once")).Output);
        Assert.Equal(1, (await _cli.Mesh("security", "ca", "rotate", "--root")).ExitCode);

        var file = _folder.File("bundle.pem");
        await Ok("security", "ca", "export-bundle", $"--file={file}");
        Assert.Equal(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken),
            (await Ok("security", "ca", "export-bundle")).Output);
        var (code, text) = await OpenSsl.Run("crl2pkcs7", "-nocrl", "-certfile", file);
        Assert.True(code == 0, text);
        Assert.Equal(2, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Split("BEGIN CERTIFICATE").Length - 1);
    }

    [Fact]
    public async Task A_join_token_is_made_listed_without_its_secret_and_revoked()
    {
        var made = await Ok("security", "join-token", "create", "--service=web", "--lifetime=5m");
        var token = made.Output.TrimEnd('\n');
        Assert.Matches(@"^mesh-join\.[\w-]{12}\.[\w-]{43}$", token);
        var (id, secret) = (token.Split('.')[1], token.Split('.')[2]);
        Assert.DoesNotContain(secret, made.Error, StringComparison.Ordinal);
        var list = (await Ok("security", "join-token", "list")).Output;
        Assert.Matches($@"{id} +web +unused", list);
        Assert.DoesNotContain(secret, list + (await Ok("security", "join-token", "list", "-o", "json")).Output, StringComparison.Ordinal);
        Assert.Equal($"revoked join token {id}\n", (await Ok("security", "join-token", "revoke", id)).Output);
        Assert.StartsWith("nothing changed", (await Ok("security", "join-token", "revoke", id)).Output, StringComparison.Ordinal);
        Assert.Matches($@"{id} +web +revoked", (await Ok("security", "join-token", "list")).Output);
    }

    [Fact]
    public async Task A_join_token_is_written_to_a_new_file_that_only_its_owner_can_read_and_is_nowhere_else()
    {
        var file = _folder.File("token");
        var made = await Ok("security", "join-token", "create", "--service=web", $"--file={file}", "-o", "json");
        var token = (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).TrimEnd('\n');
        Assert.Matches(@"^mesh-join\.[\w-]{12}\.[\w-]{43}$", token);
        Assert.DoesNotContain(token.Split('.')[2], made.ToString(), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        var before = (await Ok("security", "join-token", "list")).Output;
        Assert.Equal(2, (await _cli.Mesh("security", "join-token", "create", "--service=web", $"--file={file}")).ExitCode);
        Assert.Equal(token + "\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal(before, (await Ok("security", "join-token", "list")).Output);
        // Where no token is made, no file is left.
        var none = _folder.File("none");
        Assert.Equal(1, (await _cli.Mesh("security", "join-token", "create", "--service=We_b", $"--file={none}")).ExitCode);
        Assert.False(File.Exists(none));
    }

    [Fact]
    public async Task A_whole_token_in_place_of_its_id_is_revoked_and_not_repeated()
    {
        var token = (await Ok("security", "join-token", "create", "--service=web")).Output.TrimEnd('\n');
        var (id, secret) = (token.Split('.')[1], token.Split('.')[2]);
        var revoked = await Ok("security", "join-token", "revoke", token);
        Assert.Equal($"revoked join token {id}\n", revoked.Output);
        Assert.DoesNotContain(secret, revoked.ToString(), StringComparison.Ordinal);
        var unknown = await _cli.Mesh("security", "join-token", "revoke", $"mesh-join.unknown.{secret}");
        Assert.Equal(1, unknown.ExitCode);
        Assert.DoesNotContain(secret, unknown.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_deny_list_is_filled_shown_and_emptied()
    {
        await Ok("security", "revocation", "add", "--service=web", "--reason=lost");
        Assert.StartsWith("nothing changed", (await Ok("security", "revocation", "add", "--service=web")).Output,
            StringComparison.Ordinal);
        Assert.Matches(@"spiffe://cdaprod\.mesh/ns/default/sa/web .*lost", (await Ok("security", "revocation", "list")).Output);
        await Ok("security", "revocation", "remove", "--service=web");
        Assert.Equal(2, (await _cli.Mesh("security", "revocation", "add")).ExitCode);
        Assert.Equal(2, (await _cli.Mesh("security", "revocation", "add", "--serial=4a01", "--service=web")).ExitCode);
        Assert.Equal(1, (await _cli.Mesh("security", "revocation", "add", "--serial=xyz")).ExitCode);
        Assert.Equal(1, (await _cli.Mesh("security", "revocation", "add", "--serial=4a01")).ExitCode);
        Assert.Equal("no certificates\n", (await Ok("security", "certificates", "--service=web")).Output);
    }

    [Fact]
    public async Task A_mode_of_mutual_TLS_is_set_listed_and_removed_and_doing_either_again_changes_nothing()
    {
        string[] enable = ["security", "enable-mtls", "--service=guarded"];
        Assert.StartsWith("set mutual TLS of default/guarded to strict at sequence ", (await Ok(enable)).Output, StringComparison.Ordinal);
        Assert.StartsWith("nothing changed: mutual TLS of default/guarded is strict", (await Ok(enable)).Output, StringComparison.Ordinal);
        await Ok("security", "enable-mtls", "--namespace=prod", "--mode=permissive");
        Assert.Equal("SERVICE  MODE        IN FORCE  REVISION\nguarded  strict      strict    1\nprod/*   permissive  -         1\n",
            (await Ok("security", "mtls", "list")).Output);
        await Ok("security", "disable-mtls", "--service=guarded");
        Assert.Matches("guarded +disable +disable +2", (await Ok("security", "mtls", "list", "--service=guarded")).Output);
        await Ok("security", "mtls", "remove", "--service=guarded");
        await Ok("security", "mtls", "remove", "--namespace=prod");
        Assert.Equal("no mutual TLS modes\n", (await Ok("security", "mtls", "list")).Output);
        Assert.Equal(1, (await _cli.Mesh("security", "enable-mtls", "--service=Shop")).ExitCode);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_wrong_usage() => Assert.Equal(2,
        (await _cli.Mesh("security", "ca", "import", $"--certificates={_folder.File("no")}", $"--key={_folder.File("no")}")).ExitCode);

    private async Task<JsonElement> Status() => JsonElement.Parse((await Ok("security", "ca", "status", "-o", "json")).Output);

    private async Task<CliResult> Ok(params string[] arguments)
    {
        var result = await _cli.Mesh(arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }
}
