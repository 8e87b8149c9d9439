using System.Text;

namespace Mesh.Bench.Registrations;

/// <summary>Lua for wrk: each request writes something new.</summary>
internal static class WrkScripts
{
    /// <summary>What is put into etcd: as large as the entry of a registration.</summary>
    public const string EtcdValue =
        """{"instance":{"namespace":"default","service":"echo","instanceId":"echo-1","address":"10.0.0.1","port":"""
            + """8080,"protocol":"http","version":"v1","zone":"z1","weight":100,"metadata":{"team":"a"}}}""";

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
                $$$"""{"name":"s%d","namespace":"n{{{run}}}-%d","instanceId":"echo-1","address":"10.0.0.1","port":"""
                    + $$$"""8080,"protocol":"http","version":"v1","zone":"z1","metadata":{"team":"a"}}""",
                "n % 500, math.floor(n / 500)");
        return Write(Path.Combine(folder, $"{(etcd ? "etcd" : "mesh")}-{run}.lua"), path, body, arguments);
    }

    /// <summary>Writes a script that gives one of 500 instances after the other another weight, and gives its path.</summary>
    public static string WriteUpdates(string folder, int run) =>
        Write(Path.Combine(folder, $"update-{run}.lua"), "/api/v1/discovery/register",
        """{"name":"s%d","namespace":"n1-0","instanceId":"echo-1","address":"10.0.0.1","port":"""
            + """8080,"protocol":"http","version":"v1","zone":"z1","weight":%d,"metadata":{"team":"a"}}""",
        $"n % 500, {1_000 * run} + math.floor(n / 500) % 1000");

    private static string Write(string file, string path, string body, string arguments)
    {
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
