<?php
// Calls one SOAP operation as a partner's PHP would: arguments on standard input as JSON, the answer as JSON on output.
[, $base, $version, $keyId, $secret, $operation] = $argv;
const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';

function username_token(string $keyId, string $secret): SoapHeader
{
    $nonce = random_bytes(16);
    $created = gmdate('Y-m-d\TH:i:s\Z');
    $digest = base64_encode(sha1($nonce . $created . $secret, true));
    $xml = '<wsse:Security xmlns:wsse="' . WSS . 'wssecurity-secext-1.0.xsd" xmlns:wsu="' . WSS
        . 'wssecurity-utility-1.0.xsd"><wsse:UsernameToken><wsse:Username>' . $keyId . '</wsse:Username>'
        . '<wsse:Password Type="' . WSS . 'username-token-profile-1.0#PasswordDigest">' . $digest . '</wsse:Password>'
        . '<wsse:Nonce>' . base64_encode($nonce) . '</wsse:Nonce><wsu:Created>' . $created . '</wsu:Created>'
        . '</wsse:UsernameToken></wsse:Security>';
    return new SoapHeader(WSS . 'wssecurity-secext-1.0.xsd', 'Security', new SoapVar($xml, XSD_ANYXML), true);
}

$client = new SoapClient("$base/soap?wsdl", [
    'location' => "$base/soap",
    'soap_version' => $version === '12' ? SOAP_1_2 : SOAP_1_1,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    'cache_wsdl' => WSDL_CACHE_NONE,
    'exceptions' => true,
]);
if ($keyId !== '') {
    $client->__setSoapHeaders(username_token($keyId, $secret));
}
$arguments = json_decode(stream_get_contents(STDIN), true);
if (isset($arguments['document'])) {
    $arguments['document'] = base64_decode($arguments['document']);
}
try {
    echo json_encode(['answer' => $client->$operation($arguments)]);
} catch (SoapFault $fault) {
    echo json_encode(['fault' => $fault->faultcode, 'detail' => $fault->detail ?? null, 'reason' => $fault->faultstring]);
}
