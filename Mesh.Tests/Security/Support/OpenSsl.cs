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
