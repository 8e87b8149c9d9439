using System.Diagnostics;
using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using Mesh.Tests.Interop;
using Mesh.Tests.Support;

namespace Mesh.Tests.Xds.Validation;

/// <summary>
/// Envoy's own API as its protos describe it: the ones that <c>@grpc/grpc-js-xds</c> brings, read by the <c>protoc</c> of
/// <c>Grpc.Tools</c>. Ours are a subset of them, made by hand and without their rules.
/// </summary>
internal sealed partial class EnvoyProtos
{
    private static readonly string[] Roots =
    [
        "envoy/config/listener/v3/listener.proto", "envoy/config/route/v3/route.proto", "envoy/config/cluster/v3/cluster.proto",
        "envoy/config/endpoint/v3/endpoint.proto",
        "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto",
        "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto",
        "envoy/extensions/filters/http/router/v3/router.proto", "envoy/extensions/filters/http/fault/v3/fault.proto",
        "envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.proto",
        "envoy/extensions/transport_sockets/tls/v3/tls.proto", "envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer.proto",
        "envoy/extensions/upstreams/http/v3/http_protocol_options.proto", "validate/validate.proto",
    ];

    private static readonly Lazy<EnvoyProtos?> All = new(Read);
    private readonly Dictionary<string, DescriptorProto> _messages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EnumDescriptorProto> _enums = new(StringComparer.Ordinal);

    private EnvoyProtos(FileDescriptorSet files)
    {
        foreach (var file in files.File)
        {
            foreach (var type in file.EnumType) _enums[$".{file.Package}.{type.Name}"] = type;
            foreach (var type in file.MessageType) Add($".{file.Package}", type);
        }
    }

    /// <summary>The protos, or a skipped test where they are not there.</summary>
    public static EnvoyProtos Required()
    {
        if (All.Value is { } protos) return protos;
        Requires.Missing("@grpc/grpc-js-xds, which brings Envoy's protos, is not installed: npm ci --prefix Mesh.Tests/Interop");
        throw new InvalidOperationException("The test goes on without what it requires.");
    }

    /// <summary>A message's type, by its name with a dot before it; null for one that is not among them.</summary>
    public DescriptorProto? Message(string name) => _messages.GetValueOrDefault(name);

    public EnumDescriptorProto? Enum(string name) => _enums.GetValueOrDefault(name);

    private void Add(string scope, DescriptorProto type)
    {
        var name = $"{scope}.{type.Name}";
        _messages[name] = type;
        foreach (var nested in type.EnumType) _enums[$"{name}.{nested.Name}"] = nested;
        foreach (var nested in type.NestedType) Add(name, nested);
    }

    private static EnvoyProtos? Read()
    {
        var deps = Path.Combine(ClientProcess.Folder, "node_modules", "@grpc", "grpc-js-xds", "deps");
        if (!Directory.Exists(deps)) return null;
        var work = Directory.CreateTempSubdirectory("mesh-envoy-").FullName;
        var made = Path.Combine(work, "all.pb");
        Directory.CreateDirectory(Path.Combine(work, "validate"));
        File.WriteAllText(Path.Combine(work, "validate", "validate.proto"),
            Current(File.ReadAllText(Path.Combine(deps, "protoc-gen-validate", "validate", "validate.proto"))));
        string[] folders = ["envoy-api", "googleapis", "protoc-gen-validate", "xds"];
        var start = new ProcessStartInfo(Compiler(),
            [$"-I{work}", .. folders.Select(folder => $"-I{Path.Combine(deps, folder)}"),
                $"-I{Path.Combine(Tools(), "build", "native", "include")}", "--include_imports", $"--descriptor_set_out={made}", .. Roots])
        {
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"protoc: {said}");
            return new(FileDescriptorSet.Parser.ParseFrom(File.ReadAllBytes(made)));
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>
    /// The package's <c>validate.proto</c> is older than its other protos, which use <c>ignore_empty</c>: protoc-gen-validate 0.6 has added
    /// it, under these numbers.
    /// </summary>
    private static string Current(string text) =>
        text.Contains("ignore_empty", StringComparison.Ordinal) ? text : RulesMessage().Replace(text, match =>
    {
        var number = match.Groups[1].Value switch { "String" => 26, "Bytes" => 14, "Repeated" => 5, "Map" => 6, _ => 8 };
        return $"{match.Value}\n    optional bool ignore_empty = {number};";
    });

    [GeneratedRegex(@"message (String|Bytes|Repeated|Map|Float|Double|[SU]?Int\d+|S?Fixed\d+)Rules \{")]
    private static partial Regex RulesMessage();

    private static string Compiler() => Path.Combine(Tools(), "tools", OperatingSystem.IsMacOS() ? "macosx_x64" : "linux_x64", "protoc");

    /// <summary>The folder of the package <c>Grpc.Tools</c> that the build uses.</summary>
    private static string Tools()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Directory.GetDirectories(Path.Combine(packages, "grpc.tools")).OrderDescending(StringComparer.Ordinal).First();
    }
}
