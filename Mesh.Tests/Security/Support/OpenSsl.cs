using System.Diagnostics;
using Mesh.Tests.Support;

namespace Mesh.Tests.Security.Support;

/// <summary>The program openssl: what certificates are worth to somebody who has not made them.</summary>
internal static class OpenSsl
{
    /// <summary>Runs it and gives what it said.</summary>
    public static async Task<(int ExitCode, string Output)> Run(params string[] arguments)
    {
        var program = Requires.Program("openssl", "apt-get install openssl");
        await using var process = ChildProcess.StartProgram(program, null, arguments);
        await process.WaitForExit();
        return (process.ExitCode, process.Output);
    }

    /// <summary>Connects as a TLS client, asks for <c>/</c>, and gives all that it said and was answered.</summary>
    public static async Task<string> Ask(int port, params string[] arguments)
    {
        var start = new ProcessStartInfo(Requires.Program("openssl", "apt-get install openssl"),
            ["s_client", "-connect", $"127.0.0.1:{port}", "-ign_eof", .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        var said = Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
        try
        {
            await process.StandardInput.WriteAsync("GET / HTTP/1.1\r\nHost: service\r\nConnection: close\r\n\r\n");
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It was refused before it could ask.
        }

        return string.Join('\n', await said);
    }

    /// <summary>Whether it accepts a chain, leaf first, by the bundle; else what it says.</summary>
    public static async Task<string> Verify(IReadOnlyList<string> chain, IEnumerable<string> bundle, DateTimeOffset at,
        params string[] further)
    {
        using var folder = new TempFolder();
        var (leaf, between, roots) = (folder.File("leaf.pem"), folder.File("between.pem"), folder.File("roots.pem"));
        await File.WriteAllTextAsync(leaf, chain[0]);
        await File.WriteAllTextAsync(between, string.Join('\n', chain.Skip(1)));
        await File.WriteAllTextAsync(roots, string.Join('\n', bundle));
        var (code, output) = await Run(
            ["verify", "-x509_strict", "-check_ss_sig", "-CAfile", roots, "-no-CApath", "-attime", $"{at.ToUnixTimeSeconds()}",
                .. chain.Count > 1 ? (string[])["-untrusted", between] : [], .. further, leaf]);
        return code == 0 && output.EndsWith(": OK", StringComparison.Ordinal) ? "OK" : output;
    }

    /// <summary>A certificate as it reads it.</summary>
    public static async Task<string> Describe(string pem)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("one.pem"), pem);
        return (await Run("x509", "-in", folder.File("one.pem"), "-noout", "-text", "-ext",
            "subjectAltName,basicConstraints,keyUsage,extendedKeyUsage,subjectKeyIdentifier,authorityKeyIdentifier,nameConstraints"))
            .Output;
    }
}
