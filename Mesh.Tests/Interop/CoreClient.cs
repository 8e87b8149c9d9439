using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Mesh.Identity;
using Mesh.Tests.Support;

namespace Mesh.Tests.Interop;

/// <summary>
/// Starts <c>core-client.py</c>: gRPC C-core's xDS client, the one below gRPC for Python, C++, Ruby and PHP, as Debian's
/// <c>python3-grpcio</c> has it.
/// </summary>
internal static class CoreClient
{
    private const string Python = "/usr/bin/python3";
    private const string Install = "apt-get install python3-grpcio";
    private static readonly Lazy<bool> Installed = new(Imports);

    /// <param name="controlPlane">Where its bootstrap sends it.</param>
    /// <param name="node">Its <c>node.id</c>.</param>
    /// <param name="zone">Where it says it is.</param>
    /// <param name="service">The service that it says it is.</param>
    /// <param name="backupPoll">How often it reads from its control plane while no call is in progress; C-core's own 5 s if unset.</param>
    /// <param name="identity">Where its certificate is; null: all its connections are plaintext, whatever the mode.</param>
    public static ClientProcess Start(Uri controlPlane, string node, string zone = "", string? service = null, TimeSpan? backupPoll = null,
        SvidFolder? identity = null)
    {
        var environment = new Dictionary<string, string>
        {
            ["GRPC_XDS_BOOTSTRAP_CONFIG"] = JsonSerializer.Serialize(new
            {
                xds_servers = new[] {
                    new { server_uri = controlPlane.Authority, channel_creds = new[] { new { type = "insecure" } },
                        server_features = new[] { "xds_v3" } } },
                node = new { id = node, cluster = "interop", locality = new { zone }, metadata = Metadata(service) },
                certificate_providers = FileWatcher.Of(identity),
            }),
            ["TEST_XDS_CREDENTIALS"] = identity is null ? "0" : "1",
            // Off by default in this version.
            ["GRPC_EXPERIMENTAL_ENABLE_OUTLIER_DETECTION"] = "true",
        };
        if (backupPoll is { } interval)
            environment["GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS"] = interval.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        return ClientProcess.Start(Program(), "core-client.py", environment);
    }

    /// <summary>Debian's Python with C-core, or a skipped (or failed) test.</summary>
    public static string Program()
    {
        if (!Installed.Value) Requires.Missing($"gRPC for Debian's Python is not installed: {Install}");
        return Python;
    }

    private static Dictionary<string, string> Metadata(string? service) => service is null ? [] : new() { ["mesh.service"] = service };

    private static bool Imports()
    {
        if (!File.Exists(Python)) return false;
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import grpc"]) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
