using Mesh.Identity;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Interop;

/// <summary>
/// The certificate providers of a gRPC client's bootstrap: its own certificate, read from files again and again (gRFC A29).
/// </summary>
internal static class FileWatcher
{
    public static IReadOnlyDictionary<string, object> Of(SvidFolder? files) => files is null
        ? new Dictionary<string, object>()
        : new Dictionary<string, object>
        {
            [TransportSockets.Provider] = new
            {
                plugin_name = "file_watcher",
                config = new
                {
                    certificate_file = files.Certificate, private_key_file = files.Key, ca_certificate_file = files.Bundle,
                    refresh_interval = "1s",
                },
            },
        };
}
