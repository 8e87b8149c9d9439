using System.Text;

namespace Mesh.Bench.Registrations;

/// <summary>Lua for wrk: each request writes something new.</summary>
internal static class WrkScripts
{
    /// <summary>Writes the script and gives its path.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="etcd">Puts for etcd's JSON gateway, else registrations.</param>
    /// <param name="value">What is put.</param>
    /// <param name="run">Keeps runs on one server apart.</param>
    public static string Write(string folder, bool etcd, string value, int run)
    {
        // A key of 12 letters and digits is Base64 as it stands.
        var (path, body, arguments) = etcd
            ? ("/v3/kv/put", $$"""{"key":"k{{run}}%010d","value":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}}"}""", "n")
            : ("/api/v1/discovery/register",
                $$$"""{"name":"s%d","namespace":"n{{{run}}}-%d","instanceId":"echo-1","address":"10.0.0.1","port":8080,"protocol":"http","version":"v1","zone":"z1","metadata":{"team":"a"}}""",
                "n % 500, math.floor(n / 500)");
        var file = Path.Combine(folder, $"{(etcd ? "etcd" : "mesh")}-{run}.lua");
        File.WriteAllText(file, $$"""
            local n = 0
            local headers = { ["Content-Type"] = "application/json" }
            function request()
              n = n + 1
              return wrk.format("POST", "{{path}}", headers, string.format('{{body}}', {{arguments}}))
            end
            """);
        return file;
    }
}
