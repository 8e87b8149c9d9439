using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Security;

/// <summary>Source-generated JSON of security's events and of its part of the REST interface.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RotateAuthorityBody))]
[JsonSerializable(typeof(ImportAuthorityBody))]
[JsonSerializable(typeof(JoinTokenBody))]
[JsonSerializable(typeof(RevocationBody))]
[JsonSerializable(typeof(SignCertificateBody))]
[JsonSerializable(typeof(RenewCertificateBody))]
[JsonSerializable(typeof(SignedCertificateAnswer))]
[JsonSerializable(typeof(AuthorityStatusAnswer))]
[JsonSerializable(typeof(AuthorityChangeAnswer))]
[JsonSerializable(typeof(TrustBundleAnswer))]
[JsonSerializable(typeof(JoinTokenCreatedAnswer))]
[JsonSerializable(typeof(JoinTokenListAnswer))]
[JsonSerializable(typeof(SecurityChangeAnswer))]
[JsonSerializable(typeof(RevocationListAnswer))]
[JsonSerializable(typeof(CertificateListAnswer))]
[JsonSerializable(typeof(MtlsModeSet))]
[JsonSerializable(typeof(MtlsModeRemoved))]
[JsonSerializable(typeof(MtlsModeBody))]
[JsonSerializable(typeof(MtlsWriteAnswer))]
[JsonSerializable(typeof(MtlsListAnswer))]
public sealed partial class SecurityJson : JsonSerializerContext
{
    /// <summary>The same, for writing: only what JSON itself needs is escaped, so that people can read what they get.</summary>
    public static SecurityJson Readable =>
        field ??= new(new JsonSerializerOptions(Default!.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
